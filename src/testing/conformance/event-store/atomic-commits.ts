import { deepEqual, equal } from "node:assert/strict";
import type { Promises } from "../conformance-case.ts";
import { appended } from "../expectations.ts";
import { sampleCommit } from "../sample-commit.ts";

export const atomicCommits: Promises = {
  "G2: a commit over several streams appends to each, with positions in the order given": async ({
    events,
  }) => {
    const commit = sampleCommit([
      { stream: "b-1", expected: "none", events: 2 },
      { stream: "a-1", expected: "none" },
      { stream: "c-1", expected: "any", events: 3 },
    ]);
    const result = appended(await events.append(commit));
    deepEqual([result.firstPosition, result.point.position], [1, 6]);
    equal(result.point.eventId, commit.appends[2]?.events[2]?.id);
    const { events: log } = await events.readLog({ after: 0, limit: 100 });
    deepEqual(
      log.map(({ stream, version, position }) => [stream, version, position]),
      [
        ["b-1", 1, 1],
        ["b-1", 2, 2],
        ["a-1", 1, 3],
        ["c-1", 1, 4],
        ["c-1", 2, 5],
        ["c-1", 3, 6],
      ],
    );
  },

  "G2: all events of a commit were recorded at the one time that its result names": async ({ events }) => {
    const before = Date.now();
    const result = appended(
      await events.append(sampleCommit([{ stream: "a-1", events: 2 }, { stream: "b-1" }])),
    );
    const { events: log } = await events.readLog({ after: 0, limit: 100 });
    deepEqual(
      log.map((event) => event.recordedAt),
      [result.recordedAt, result.recordedAt, result.recordedAt],
    );
    // A minute's grace: the clock of a database server is not this process's.
    equal(Math.abs(result.recordedAt - before) < 60_000, true);
  },

  "G2: a conflict on any stream of a commit leaves all of them as they were": async ({ events }) => {
    appended(await events.append(sampleCommit({ stream: "b-1", events: 2 })));
    const head = await events.head();
    const conflict = await events.append(
      sampleCommit([
        { stream: "a-1", expected: "none" },
        { stream: "b-1", expected: 1 },
        { stream: "c-1", expected: "any" },
      ]),
    );
    deepEqual(conflict, { status: "conflict", stream: "b-1", expected: 1, actual: 2 });
    deepEqual(await events.readStream("a-1"), []);
    deepEqual(await events.readStream("c-1"), []);
    deepEqual(await events.head(), head);
    const next = appended(await events.append(sampleCommit({ stream: "c-1", expected: "none" })));
    equal(next.firstPosition, 3, "a failed commit must not use up positions");
  },

  "G2: a conflict names the first stream in the order given that is not as expected": async ({ events }) => {
    appended(await events.append(sampleCommit({ stream: "m-1", events: 2 })));
    const conflict = await events.append(
      sampleCommit([
        { stream: "z-1", expected: 7 },
        { stream: "m-1", expected: "none" },
        { stream: "a-1", expected: 1 },
      ]),
    );
    deepEqual(conflict, { status: "conflict", stream: "z-1", expected: 7, actual: 0 });
  },
};
