import { deepEqual, equal } from "node:assert/strict";
import type { Promises } from "../conformance-case.ts";
import { rejectsWith } from "../expectations.ts";
import { sampleCommit, sampleRefusal } from "../sample-commit.ts";

export const batches: Promises = {
  "G11: appends of one tick each have the result that they would have had alone, in the order of the calls":
    async ({ events }) => {
      const opened = { type: "Opened", tags: ["number:1"] };
      const unclaimed = { conditions: [{ queries: [{ tags: ["number:1"] }], after: 0 }] };
      const commits = [
        sampleCommit({ stream: "a-1", expected: "none", events: 2 }),
        // Overlaps the one before: decided on what that one left.
        sampleCommit({ stream: "a-1", expected: 2 }),
        sampleCommit({ stream: "a-1", expected: 2 }),
        sampleCommit([
          { stream: "b-1", events: [opened] },
          { stream: "a-1", expected: 1 },
        ]),
        sampleCommit({ stream: "b-1", expected: "none", events: [opened] }, unclaimed),
        sampleCommit({ stream: "c-1", events: [opened] }, unclaimed),
        sampleRefusal("refused"),
        sampleCommit({ stream: "d-1" }, { commandId: "refused" }),
        sampleCommit({ stream: "c-1", expected: "none" }, { commandId: "twice" }),
        sampleCommit({ stream: "c-1", expected: "none" }, { commandId: "twice" }),
        sampleCommit({ stream: "a-1", expected: 3 }),
      ];
      const results = await Promise.all(commits.map((commit) => events.append(commit)));
      const seen = results.map((result) => {
        if (result.status === "appended")
          return [result.firstPosition, result.point.position, result.repeated];
        return result.status === "conflict" ? `${result.stream} at ${result.actual}` : result.status;
      });
      deepEqual(seen, [
        [1, 2, false],
        [3, 3, false],
        "a-1 at 3",
        "a-1 at 3",
        [4, 4, false],
        "condition-failed",
        "recorded",
        "recorded",
        [5, 5, false],
        [5, 5, true],
        [6, 6, false],
      ]);
      deepEqual(
        (await events.readLog({ after: 0, limit: 100 })).events.map(({ stream, version }) => [
          stream,
          version,
        ]),
        [
          ["a-1", 1],
          ["a-1", 2],
          ["a-1", 3],
          ["b-1", 1],
          ["c-1", 1],
          ["a-1", 4],
        ],
      );
    },

  "G11: a member of a batch that is refused as bad input takes nothing from the others": async ({
    events,
  }) => {
    const good = (stream: string) => events.append(sampleCommit({ stream, expected: "none" }));
    const results = [
      good("a-1"),
      events.append(sampleCommit({ stream: "a-2", events: [{ data: "\u0000" }] })),
      good("a-3"),
      events.append(sampleCommit({ stream: "a-4" }, { commandId: "once", fingerprint: "one" })),
      events.append(sampleCommit({ stream: "a-5" }, { commandId: "once", fingerprint: "other" })),
      good("a-6"),
    ];
    const refused = rejectsWith(results[1] as Promise<unknown>, "text-refused");
    const reused = rejectsWith(results[4] as Promise<unknown>, "command-id-reused");
    await Promise.all([refused, reused]);
    for (const index of [0, 2, 3, 5]) equal((await results[index])?.status, "appended");
    const { events: log } = await events.readLog({ after: 0, limit: 100 });
    deepEqual(
      log.map((event) => event.stream),
      ["a-1", "a-3", "a-4", "a-6"],
    );
  },

  "G11: 300 appends to one stream in one tick follow one another in the order of the calls": async ({
    events,
  }) => {
    const count = 300;
    const results = await Promise.all(
      Array.from({ length: count }, (_, index) =>
        events.append(sampleCommit({ stream: "a-1", expected: index === 0 ? "none" : index })),
      ),
    );
    deepEqual(
      results.map((result) => (result.status === "appended" ? result.firstPosition : result)),
      Array.from({ length: count }, (_, index) => index + 1),
    );
  },
};
