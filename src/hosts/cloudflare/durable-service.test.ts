import { expect, test } from "vitest";
import { type DurableStorage, durableService } from "./durable-service.ts";

/** An object whose drains fail, and the alarms that it has set. */
function failingObject(setAlarm?: () => Promise<void>) {
  const alarms: number[] = [];
  const storage = {
    setAlarm: setAlarm ?? (async (at: number) => void alarms.push(at)),
    deleteAlarm: async () => void alarms.splice(0),
  } as unknown as DurableStorage;
  const after: Promise<unknown>[] = [];
  const Failing = durableService(() => ({
    fetch: async () => new Response("ok"),
    drain: async () => {
      throw new Error("The database is busy.");
    },
  }));
  const object = new Failing({ storage, waitUntil: (work) => void after.push(work) }, undefined);
  return { object, alarms, after };
}

test("a drain that fails is done again by another alarm", async () => {
  const { object, alarms, after } = failingObject();
  const before = Date.now();
  await object.alarm();
  expect(alarms).toHaveLength(1);
  expect(alarms[0]).toBeGreaterThan(before);

  await object.fetch(new Request("http://object/", { method: "POST" }));
  await Promise.all(after);
  // One before the command, one after the drain.
  expect(alarms).toHaveLength(3);
});

test("where no alarm can be set, the platform is left to try again", async () => {
  const { object } = failingObject(async () => {
    throw new Error("The storage does not answer.");
  });
  await expect(object.alarm()).rejects.toThrow("The storage does not answer.");
});

test("an object that has come to life looks once what there is to do, whatever it was woken by", async () => {
  let drains = 0;
  const after: Promise<unknown>[] = [];
  const storage = { setAlarm: async () => {}, deleteAlarm: async () => {} } as unknown as DurableStorage;
  const Reading = durableService(() => ({
    fetch: async () => new Response("ok"),
    drain: async () => {
      drains++;
      return { caughtUp: true };
    },
  }));
  const object = new Reading({ storage, waitUntil: (work) => void after.push(work) }, undefined);
  for (const _ of [1, 2, 3]) await object.fetch(new Request("http://object/"));
  await Promise.all(after);
  expect(drains).toBe(1);
});
