import { deepEqual, equal, ok } from "node:assert/strict";
import type { EventStore, ReadLogOptions } from "../../../ports/event-store.ts";
import type { Promises } from "../conformance-case.ts";
import { appended } from "../expectations.ts";
import { sampleCommit } from "../sample-commit.ts";

/** Appends one event of each type in turn, a stream for each. */
async function appendTypes(events: EventStore, ...types: readonly string[]): Promise<void> {
  for (const type of types) {
    appended(await events.append(sampleCommit({ stream: `${type.toLowerCase()}-1`, events: [{ type }] })));
  }
}

/** Reads to the head of the log page by page; fails where a page does not go on. Resolves with the positions. */
async function readToHead(
  events: EventStore,
  filter: Omit<ReadLogOptions, "after">,
): Promise<readonly number[]> {
  const { position: head } = await events.head();
  const positions: number[] = [];
  for (let after = 0; after < head; ) {
    const page = await events.readLog({ ...filter, after });
    ok(page.events.length <= filter.limit, `expected at most ${filter.limit} events`);
    ok(page.through.position > after, `expected progress beyond ${after}`);
    ok(page.through.position <= head, `expected nothing beyond the head at ${head}`);
    ok(
      page.through.position >= (page.events.at(-1)?.position ?? 0),
      "expected `through` to cover the events",
    );
    deepEqual(page.through, await events.pointAt(page.through.position));
    positions.push(...page.events.map((event) => event.position));
    after = page.through.position;
  }
  return positions;
}

export const readingTheLog: Promises = {
  "the log is read in position order, page by page": async ({ events }) => {
    await appendTypes(events, "A", "B", "A", "C", "B", "A", "C");
    for (const limit of [1, 2, 3, 7, 8, 1000]) {
      deepEqual(await readToHead(events, { limit }), [1, 2, 3, 4, 5, 6, 7]);
    }
    const page = await events.readLog({ after: 2, limit: 2 });
    deepEqual(
      page.events.map((event) => [event.position, event.type]),
      [
        [3, "A"],
        [4, "C"],
      ],
    );
    deepEqual(page.through, { ...(await events.head()), position: 4, eventId: page.events[1]?.id });
  },

  "a read of some types returns those alone and passes over the others": async ({ events }) => {
    await appendTypes(events, "A", "B", "A", "C", "B", "A", "C", "a");
    for (const limit of [1, 2, 100]) {
      deepEqual(await readToHead(events, { limit, types: ["A"] }), [1, 3, 6]);
      deepEqual(await readToHead(events, { limit, types: ["C", "B"] }), [2, 4, 5, 7]);
      deepEqual(await readToHead(events, { limit, types: ["Unknown"] }), []);
      deepEqual(await readToHead(events, { limit, types: [] }), []);
    }
  },

  "a read except some kinds returns all others, also those that it never heard of": async ({ events }) => {
    await appendTypes(events, "A", "B", "A", "C", "B", "A", "C", "a");
    for (const limit of [1, 2, 100]) {
      const except = (...kinds: readonly string[]) =>
        readToHead(events, { limit, except: kinds.map((type) => ({ category: type.toLowerCase(), type })) });
      deepEqual(await except("A"), [2, 4, 5, 7, 8]);
      deepEqual(await except("A", "B", "C", "a", "D"), []);
      deepEqual(await except(), [1, 2, 3, 4, 5, 6, 7, 8]);
      const ofAnother = { category: "b", type: "A" };
      deepEqual(await readToHead(events, { limit, except: [ofAnother] }), [1, 2, 3, 4, 5, 6, 7, 8]);
    }
  },

  "G3: a read of some types makes progress through a long stretch of others and skips none": async ({
    events,
  }) => {
    const others = { stream: "other-1", events: 1500 };
    const wanted = { stream: "wanted-1", events: [{ type: "Wanted" }] };
    for (const append of [others, wanted, others, wanted, others])
      appended(await events.append(sampleCommit(append)));
    deepEqual(await readToHead(events, { limit: 1, types: ["Wanted"] }), [1501, 3002]);
    deepEqual(await readToHead(events, { limit: 100, types: ["Wanted"] }), [1501, 3002]);
    deepEqual(
      await readToHead(events, { limit: 100, except: [{ category: "other", type: "Deposited" }] }),
      [1501, 3002],
    );
  },

  "a read at the head of the log, and one beyond it, return nothing and go no further than the head": async ({
    events,
  }) => {
    const empty = await events.readLog({ after: 0, limit: 10 });
    deepEqual(empty, { events: [], through: await events.head() });
    await appendTypes(events, "A", "B");
    const head = await events.head();
    for (const after of [2, 3, 100]) {
      deepEqual(await events.readLog({ after, limit: 10 }), { events: [], through: head });
      deepEqual(await events.readLog({ after, limit: 10, types: ["A"] }), { events: [], through: head });
    }
  },

  "a full page ends at its last event at the earliest and at the head at the latest": async ({ events }) => {
    await appendTypes(events, "A", "B", "A", "B");
    const page = await events.readLog({ after: 0, limit: 2, types: ["A"] });
    equal(page.events.length, 2);
    ok([3, 4].includes(page.through.position), `found ${page.through.position}`);
  },
};
