import { deepEqual, equal } from "node:assert/strict";
import type { ExpectedVersion } from "../../../message/expected-version.ts";
import type { Promises } from "../conformance-case.ts";
import { appended, rejectsWith } from "../expectations.ts";
import { sampleCommit } from "../sample-commit.ts";

export const malformedCommits: Promises = {
  "G11: a commit that is none, or names a stream twice or without its category, is refused and changes nothing":
    async ({ events }) => {
      appended(await events.append(sampleCommit({ stream: "a-1" })));
      const malformed = {
        "nothing to append": sampleCommit([]),
        "a stream without events": sampleCommit([{ stream: "b-1" }, { stream: "c-1", events: 0 }]),
        "a stream named twice": sampleCommit([{ stream: "b-1" }, { stream: "c-1" }, { stream: "b-1" }]),
        "a stream without an id": sampleCommit([{ stream: "b-1" }, { stream: "account-" }]),
        "a stream without a category": sampleCommit([{ stream: "b-1" }, { stream: "account" }]),
        "an empty stream": sampleCommit([{ stream: "b-1" }, { stream: "" }]),
      };
      for (const [what, commit] of Object.entries(malformed)) {
        await rejectsWith(events.append(commit), "request-malformed", what);
        equal(await events.findCommand(commit.command.id), undefined, what);
      }
      equal((await events.head()).position, 1);
      deepEqual(await events.readStream("b-1"), []);
    },

  "G11: an expected version that is none is refused, never taken for `any`": async ({ events }) => {
    appended(await events.append(sampleCommit({ stream: "a-1" })));
    for (const expected of [0, -1, 1.5, Number.NaN, "1", "", null]) {
      // What untyped callers may give.
      const commit = sampleCommit({ stream: "a-1", expected: expected as ExpectedVersion });
      await rejectsWith(events.append(commit), "request-malformed", `expected version ${String(expected)}`);
    }
    equal((await events.head()).position, 1);
  },

  "G11: a condition after no position, and a schema version that is none, are refused and change nothing":
    async ({ events }) => {
      appended(await events.append(sampleCommit({ stream: "a-1" })));
      // What untyped callers may give; NaN and undefined are no less than any position, so nothing would be after them.
      for (const wrong of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, "0", null, undefined]) {
        const after = wrong as number;
        const conditions = [
          { queries: [{}], after: 9 },
          { queries: [{ tags: ["a:1"] }], after },
        ];
        const commit = sampleCommit({ stream: "b-1" }, { conditions });
        await rejectsWith(events.append(commit), "request-malformed", `after ${String(wrong)}`);
      }
      for (const wrong of [0, -1, 1.5, Number.NaN, "1", null]) {
        const commit = sampleCommit({ stream: "b-1", events: [{}, { schemaVersion: wrong as number }] });
        await rejectsWith(events.append(commit), "request-malformed", `schema version ${String(wrong)}`);
      }
      equal((await events.head()).position, 1);
    },

  "G11: data that is not JSON is refused and changes nothing": async ({ events }) => {
    const circular: Record<string, unknown> = {};
    circular.self = circular;
    for (const data of [undefined, () => 1, 1n, { amount: 1n }, circular]) {
      const commit = sampleCommit([{ stream: "b-1" }, { stream: "a-1", events: [{}, { data }] }]);
      await rejectsWith(events.append(commit), "data-invalid", `data of type ${typeof data}`);
    }
    equal((await events.head()).position, 0);
    deepEqual(await events.readStream("b-1"), []);
  },
};
