import { deepEqual, equal } from "node:assert/strict";
import type { Promises } from "../conformance-case.ts";
import { appended } from "../expectations.ts";
import { sampleCommit } from "../sample-commit.ts";

export const versions: Promises = {
  "G2: versions of each stream are contiguous from 1, whatever is appended in between": async ({
    events,
  }) => {
    for (const [stream, count] of [
      ["a-1", 2],
      ["b-1", 1],
      ["a-1", 3],
      ["a-2", 1],
      ["b-1", 2],
    ] as const) {
      appended(await events.append(sampleCommit({ stream, events: count })));
    }
    for (const [stream, count] of [
      ["a-1", 5],
      ["b-1", 3],
      ["a-2", 1],
    ] as const) {
      const versions = (await events.readStream(stream)).map((event) => event.version);
      deepEqual(
        versions,
        Array.from({ length: count }, (_, index) => index + 1),
      );
    }
  },

  "G2: an expected version `none` holds for a stream without events alone": async ({ events }) => {
    appended(await events.append(sampleCommit({ stream: "a-1", expected: "none", events: 3 })));
    deepEqual(await events.append(sampleCommit({ stream: "a-1", expected: "none" })), {
      status: "conflict",
      stream: "a-1",
      expected: "none",
      actual: 3,
    });
    equal((await events.readStream("a-1")).length, 3);
  },

  "G2: an expected version that is a number holds for the stream's last version alone": async ({
    events,
  }) => {
    appended(await events.append(sampleCommit({ stream: "a-1", events: 3 })));
    for (const expected of [1, 2, 4]) {
      deepEqual(await events.append(sampleCommit({ stream: "a-1", expected })), {
        status: "conflict",
        stream: "a-1",
        expected,
        actual: 3,
      });
    }
    appended(await events.append(sampleCommit({ stream: "a-1", expected: 3, events: 2 })));
    appended(await events.append(sampleCommit({ stream: "a-1", expected: 5 })));
    equal((await events.readStream("a-1")).length, 6);
  },

  "G2: an expected version that is a number never holds for a stream without events": async ({ events }) => {
    deepEqual(await events.append(sampleCommit({ stream: "a-1", expected: 1 })), {
      status: "conflict",
      stream: "a-1",
      expected: 1,
      actual: 0,
    });
    deepEqual(await events.readStream("a-1"), []);
  },

  "G2: an expected version `any` always holds": async ({ events }) => {
    appended(await events.append(sampleCommit({ stream: "a-1", expected: "any" })));
    appended(await events.append(sampleCommit({ stream: "a-1", expected: "any", events: 2 })));
    equal((await events.readStream("a-1")).length, 3);
  },

  "G2: of two concurrent appends that expect the same version exactly one happens": async ({ events }) => {
    appended(await events.append(sampleCommit({ stream: "a-1" })));
    const results = await Promise.all(
      Array.from({ length: 16 }, () =>
        events.append(sampleCommit({ stream: "a-1", expected: 1, events: 2 })),
      ),
    );
    equal(results.filter((result) => result.status === "appended").length, 1);
    for (const result of results) {
      if (result.status === "appended") continue;
      deepEqual(result, { status: "conflict", stream: "a-1", expected: 1, actual: 3 });
    }
    equal((await events.readStream("a-1")).length, 3);
  },

  "streams whose names begin alike or differ in case are different streams": async ({ events }) => {
    const names = ["a-1", "A-1", "a-10", "a-1-0", "a-1.", "aa-1", "a-é", "a-e\u0301"];
    for (const stream of names) appended(await events.append(sampleCommit({ stream, expected: "none" })));
    for (const stream of names) {
      const [event, ...others] = await events.readStream(stream);
      deepEqual(others, []);
      deepEqual([event?.stream, event?.version], [stream, 1]);
    }
  },
};
