import { deepEqual, equal, ok } from "node:assert/strict";
import type { RecordedEvent } from "../../../message/event.ts";
import type { EventStore } from "../../../ports/event-store.ts";
import type { Promises } from "../conformance-case.ts";
import { appended, boundedTurns } from "../expectations.ts";
import { sampleCommit } from "../sample-commit.ts";

/** Appends one event for each list of tags, a commit and a stream for each. */
async function appendTagged(events: EventStore, ...lists: readonly (readonly string[])[]): Promise<void> {
  for (const tags of lists) {
    appended(await events.append(sampleCommit({ stream: `tagged-of:${tags.join()}`, events: [{ tags }] })));
  }
}

/**
 * Reads by a tag to the head of the log page by page; fails where a page ends anywhere but at its last event while it is
 * full, or at the head while it is not. Resolves with the events.
 */
async function readByTag(
  events: EventStore,
  tag: string,
  { limit = 100, from = 0 } = {},
): Promise<readonly RecordedEvent[]> {
  const head = await events.head();
  const turn = boundedTurns(`reading by ${JSON.stringify(tag)}`);
  const found: RecordedEvent[] = [];
  for (let after = from; ; ) {
    turn();
    const page = await events.readLog({ after, limit, tag });
    ok(page.events.length <= limit, `expected at most ${limit} events, found ${page.events.length}`);
    found.push(...page.events);
    const last = page.events.at(-1);
    if (page.events.length < limit || last === undefined) {
      deepEqual(page.through, head, "expected a page that is not full to end at the head");
      return found;
    }
    deepEqual(page.through, { logId: head.logId, position: last.position, eventId: last.id });
    after = page.through.position;
  }
}

async function positionsOf(
  events: EventStore,
  tag: string,
  options?: { readonly limit?: number; readonly from?: number },
): Promise<readonly number[]> {
  return (await readByTag(events, tag, options)).map(({ position }) => position);
}

export const readingByTag: Promises = {
  "a read by tag returns the events that carry it and no others, in position order, page by page": async ({
    events,
  }) => {
    await appendTagged(events, ["a:1"], ["b:1"], ["a:1"], [], ["a:10"], ["b:1"], ["a:1"], ["a:1"], ["a:"]);
    for (const limit of [1, 2, 3, 4, 5, 1000]) {
      deepEqual(await positionsOf(events, "a:1", { limit }), [1, 3, 7, 8]);
      deepEqual(await positionsOf(events, "b:1", { limit }), [2, 6]);
    }
    const page = await readByTag(events, "b:1");
    deepEqual(page, (await events.readLog({ after: 0, limit: 100 })).events.slice(1, 6).toSpliced(1, 3));
  },

  "a read by tag begins after a position, which need not be that of an event that carries it": async ({
    events,
  }) => {
    await appendTagged(events, ["a:1"], ["b:1"], ["a:1"], ["b:1"], ["b:1"], ["a:1"], ["b:1"]);
    const expected = [[1, 3, 6], [3, 6], [3, 6], [6], [6], [6], [], []];
    for (const limit of [1, 2, 100]) {
      for (const [from, positions] of expected.entries()) {
        deepEqual(await positionsOf(events, "a:1", { limit, from }), positions, `after ${from}`);
      }
    }
  },

  "a read by tag of an empty log, at the head and beyond it finds nothing and goes no further than the head":
    async ({ events }) => {
      const empty = await events.readLog({ after: 0, limit: 10, tag: "a:1" });
      deepEqual(empty, { events: [], through: await events.head() });
      await appendTagged(events, ["a:1"], ["a:1"]);
      const head = await events.head();
      for (const after of [2, 3, 100]) {
        deepEqual(await events.readLog({ after, limit: 10, tag: "a:1" }), { events: [], through: head });
      }
    },

  "an event with several tags is found by each of them, and once": async ({ events }) => {
    const several = ["a:1", "b:1", "c:1"];
    await appendTagged(events, several, ["b:1"]);
    // The same again, and two of them in one commit.
    await appendTagged(events, several);
    appended(
      await events.append(
        sampleCommit([
          { stream: "many-1", events: [{ tags: ["c:1", "a:1"] }, {}, { tags: ["a:1"] }] },
          { stream: "many-2", events: [{ tags: ["b:1"] }] },
        ]),
      ),
    );
    for (const limit of [1, 2, 100]) {
      deepEqual(await positionsOf(events, "a:1", { limit }), [1, 3, 4, 6]);
      deepEqual(await positionsOf(events, "b:1", { limit }), [1, 2, 3, 7]);
      deepEqual(await positionsOf(events, "c:1", { limit }), [1, 3, 4]);
    }
    const [first] = await readByTag(events, "b:1");
    deepEqual(first?.tags, several);
  },

  "a read by tag compares tags by code point, without folding or patterns": async ({ events }) => {
    const tags = ["x:é", "X:é", "x:e\u0301", "x:%", "x:_", "x:", "x:😀", "x:*", " x:*", "x:a,x:b", "\\u0000"];
    await appendTagged(events, ...tags.map((tag) => [tag]));
    for (const [index, tag] of tags.entries()) deepEqual(await positionsOf(events, tag), [index + 1], tag);
    for (const tag of ["nobody:1", "x", "x:a", "x:b", "X:%", "", "%", "{x:é}"]) {
      deepEqual(await positionsOf(events, tag), [], tag);
    }
  },

  "G11: no event is found by a tag that not every store can hold, least of all one that looks like it":
    async ({ events }) => {
      await appendTagged(events, ["x"], ["x\ufffd"], ["\ufffd"]);
      for (const bad of ["x\u0000", "x\ud800", "x\udfff", "\u0000", "\ud800"]) {
        for (const from of [0, 1]) {
          deepEqual(await positionsOf(events, bad, { from }), [], JSON.stringify(bad));
        }
      }
    },

  "a read by tag finds the same while others read at the head of the log": async ({ events }) => {
    for (let after = 0; after < 12; after = (await events.head()).position) {
      // What was just appended may be in memory for readers who are this near.
      deepEqual(await events.readLog({ after, limit: 10 }), { events: [], through: await events.head() });
      await appendTagged(events, ["a:1", "b:1"], ["b:1"], []);
    }
    deepEqual(await positionsOf(events, "a:1"), [1, 4, 7, 10]);
    deepEqual(await positionsOf(events, "b:1", { from: 8, limit: 1 }), [10, 11]);
    deepEqual(await positionsOf(events, "c:1", { from: 8 }), []);
  },

  "a read by tag passes over a long stretch of others": async ({ events }) => {
    const others = { stream: "other-1", events: 1500 };
    for (let round = 0; round < 2; round++) {
      appended(await events.append(sampleCommit(others)));
      await appendTagged(events, ["wanted:1"]);
    }
    appended(await events.append(sampleCommit(others)));
    for (const limit of [1, 2, 100]) {
      deepEqual(await positionsOf(events, "wanted:1", { limit }), [1501, 3002]);
      deepEqual(await positionsOf(events, "other:1", { limit }), []);
    }
  },

  "a read by tag finds events that were imported, beside those appended after them": async (
    { events },
    openAnother,
  ) => {
    const origin = await openAnother();
    await appendTagged(origin.events, ["a:1", "b:1"], [], ["b:1"], ["a:1"]);
    const { events: exported } = await origin.events.readLog({ after: 0, limit: 100 });
    await events.importEvents(exported.slice(0, 2));
    await events.importEvents(exported.slice(2));
    await appendTagged(events, ["b:1", "c:1"]);
    for (const limit of [1, 2, 100]) {
      deepEqual(await positionsOf(events, "a:1", { limit }), [1, 4]);
      deepEqual(await positionsOf(events, "b:1", { limit }), [1, 3, 5]);
    }
    deepEqual((await readByTag(events, "a:1"))[1], exported[3]);
    equal((await readByTag(events, "c:1")).length, 1);
  },
};
