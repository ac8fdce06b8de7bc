import { expect, test } from "vitest";
import { RequestsInWork } from "./requests-in-work.ts";

test("is idle once every request has its answer, also one that failed", async () => {
  const requests = new RequestsInWork();
  await requests.idle();
  let answer: (text: string) => void = () => {};
  let fail: (error: Error) => void = () => {};
  const one = requests.track(() => new Promise<string>((resolve) => (answer = resolve)));
  const two = requests.track(() => new Promise<string>((_resolve, reject) => (fail = reject)));
  let idle = false;
  const waiting = requests.idle().then(() => {
    idle = true;
  });
  answer("done");
  await expect(one).resolves.toBe("done");
  expect(idle).toBe(false);
  fail(new Error("broken"));
  await expect(two).rejects.toThrow("broken");
  await waiting;
  expect(idle).toBe(true);
});
