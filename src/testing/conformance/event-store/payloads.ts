import { deepEqual, equal } from "node:assert/strict";
import type { Promises } from "../conformance-case.ts";
import { appended, rejectsWith } from "../expectations.ts";
import { sampleCommit } from "../sample-commit.ts";

/** A string whose JSON has this many UTF-8 bytes, most of them in characters of two bytes. */
function textOfBytes(bytes: number): string {
  const inQuotes = bytes - 2;
  return "é".repeat(Math.floor(inQuotes / 2)) + "x".repeat(inQuotes % 2);
}

export const payloads: Promises = {
  "data may be any JSON, also empty or deep": async ({ events }) => {
    let deep: unknown = "bottom";
    for (let level = 0; level < 200; level++) deep = level % 2 === 0 ? [deep] : { deep };
    const samples = [{}, [], "", 0, -1.5, false, null, [[], {}, null], { "": {} }, { a: null }, deep];
    const events1 = samples.map((data) => ({ data }));
    appended(await events.append(sampleCommit({ stream: "a-1", events: events1 })));
    deepEqual(
      (await events.readStream("a-1")).map((event) => event.data),
      samples,
    );
  },

  "keys of data that JavaScript or a database knows as its own are keys like any other": async ({
    events,
  }) => {
    const data = JSON.parse(
      '{"__proto__": {"x": 1}, "constructor": 2, "id": 3, "position": 4, "1": 5, "$.a": 6}',
    );
    appended(await events.append(sampleCommit({ stream: "a-1", events: [{ data }] })));
    deepEqual(JSON.stringify((await events.readStream("a-1"))[0]?.data), JSON.stringify(data));
  },

  "an event of 1 MiB is taken and read whole, beside small ones": async ({ events }) => {
    const data = { text: textOfBytes(2 ** 20), list: Array.from({ length: 1000 }, (_, index) => index) };
    appended(await events.append(sampleCommit({ stream: "a-1", events: [{}, { data }, {}] })));
    const [, event] = await events.readStream("a-1");
    deepEqual(event?.data, data);
    const { events: page } = await events.readLog({ after: 1, limit: 1 });
    deepEqual(page, [event]);
  },

  "an event of the largest size that the store names is taken; a byte more is refused and changes nothing":
    async ({ events }) => {
      const { maxEventBytes } = events.capabilities;
      const largest = textOfBytes(maxEventBytes);
      equal(Buffer.byteLength(JSON.stringify(largest)), maxEventBytes);
      appended(await events.append(sampleCommit({ stream: "a-1", events: [{ data: largest }] })));
      equal((await events.readStream("a-1"))[0]?.data, largest);
      const tooLarge = sampleCommit([
        { stream: "b-1" },
        { stream: "a-1", events: [{ data: `${largest}x` }] },
      ]);
      await rejectsWith(events.append(tooLarge), "payload-too-large");
      equal((await events.head()).position, 1);
      deepEqual(await events.readStream("b-1"), []);
      equal(await events.findCommand(tooLarge.command.id), undefined);
    },

  "an append of 1,000 events is one commit": async ({ events }) => {
    const result = appended(
      await events.append(sampleCommit({ stream: "a-1", expected: "none", events: 1000 })),
    );
    deepEqual([result.firstPosition, result.point.position], [1, 1000]);
    equal((await events.readStream("a-1")).length, 1000);
  },
};
