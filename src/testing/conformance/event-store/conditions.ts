import { deepEqual, equal, ok } from "node:assert/strict";
import type { Condition, EventQuery } from "../../../message/event-query.ts";
import type { AppendResult, EventStore } from "../../../ports/event-store.ts";
import type { Promises } from "../conformance-case.ts";
import { appended } from "../expectations.ts";
import { sampleCommit } from "../sample-commit.ts";

/** Positions 1 to 5: what the queries of this topic look for. */
async function appendAccounts(events: EventStore): Promise<void> {
  const opened = { type: "Opened", tags: ["number:1", "bank:x"] };
  const closed = { type: "Closed", tags: ["number:1"] };
  appended(await events.append(sampleCommit({ stream: "a-1", events: [opened, closed] })));
  appended(
    await events.append(sampleCommit({ stream: "a-2", events: [{ type: "Opened", tags: ["number:2"] }] })),
  );
  appended(await events.append(sampleCommit({ stream: "b-1", events: [{ type: "Noted" }] })));
  appended(
    await events.append(sampleCommit({ stream: "a-3", events: [{ type: "opened", tags: ["Number:1"] }] })),
  );
}

/** Tries to append under these conditions; what it appends matches none of the queries here. */
function appendIf(events: EventStore, ...conditions: readonly Condition[]): Promise<AppendResult> {
  return events.append(sampleCommit({ stream: "probe-1", events: [{ type: "Probed" }] }, { conditions }));
}

/** Fails unless the queries together mean exactly the events at these positions. */
async function expectMeant(events: EventStore, queries: readonly EventQuery[], positions: readonly number[]) {
  let after = 0;
  for (const position of positions) {
    const result = await appendIf(events, { queries, after });
    ok(result.status === "condition-failed", `expected ${JSON.stringify(queries)} to fail after ${after}`);
    ok(positions.includes(result.position) && result.position > after, `found position ${result.position}`);
    after = position;
  }
  appended(await appendIf(events, { queries, after }));
}

export const conditions: Promises = {
  "G2: a condition fails for an event with one of the types that carries every tag": async ({ events }) => {
    await appendAccounts(events);
    await expectMeant(events, [{ types: ["Opened"] }], [1, 3]);
    await expectMeant(events, [{ types: ["Noted", "Closed"] }], [2, 4]);
    await expectMeant(events, [{ tags: ["number:1"] }], [1, 2]);
    await expectMeant(events, [{ tags: ["number:1", "bank:x"] }], [1]);
    await expectMeant(events, [{ tags: ["number:1", "number:2"] }], []);
    await expectMeant(events, [{ types: ["Closed"], tags: ["number:1"] }], [2]);
    await expectMeant(events, [{ types: ["Noted"], tags: [] }], [4]);
    await expectMeant(events, [{ types: ["Closed"], tags: ["number:2"] }], []);
    await expectMeant(events, [{ types: [], tags: ["number:1"] }], []);
  },

  "G2: a condition of several queries fails for an event that any of them means": async ({ events }) => {
    await appendAccounts(events);
    await expectMeant(events, [{ types: ["Closed"] }, { tags: ["number:2"] }], [2, 3]);
    await expectMeant(events, [{ types: ["None"] }, { tags: ["bank:x"] }, { types: ["Noted"] }], [1, 4]);
    await expectMeant(events, [], []);
  },

  "G2: a query without types and tags means every event": async ({ events }) => {
    appended(await appendIf(events, { queries: [{}], after: 0 }));
    await appendAccounts(events);
    const { position } = await events.head();
    equal((await appendIf(events, { queries: [{}], after: position - 1 })).status, "condition-failed");
    appended(await appendIf(events, { queries: [{}], after: position }));
  },

  "G2: a condition counts no event of the stream that it excepts": async ({ events }) => {
    await appendAccounts(events);
    const queries = [{ tags: ["number:1"] }];
    appended(await appendIf(events, { queries, after: 0, exceptStream: "a-1" }));
    deepEqual(await appendIf(events, { queries, after: 1, exceptStream: "a-2" }), {
      status: "condition-failed",
      condition: 0,
      position: 2,
    });
  },

  "G2: a failed condition names the first that fails and leaves nothing behind": async ({ events }) => {
    await appendAccounts(events);
    const head = await events.head();
    const commit = sampleCommit([{ stream: "p-1", expected: "none" }, { stream: "p-2" }], {
      conditions: [
        { queries: [{ tags: ["number:9"] }], after: 0 },
        { queries: [{ tags: ["number:2"] }], after: 0 },
        { queries: [{ types: ["Noted"] }], after: 0 },
      ],
    });
    deepEqual(await events.append(commit), { status: "condition-failed", condition: 1, position: 3 });
    deepEqual(await events.head(), head);
    deepEqual(await events.readStream("p-1"), []);
    equal(await events.findCommand(commit.command.id), undefined, "the command's id must stay unused");
  },

  "G2: a condition does not count the events of its own commit": async ({ events }) => {
    const commit = sampleCommit(
      { stream: "a-1", events: [{ tags: ["number:1"] }, { tags: ["number:1"] }] },
      { conditions: [{ queries: [{ tags: ["number:1"] }], after: 0 }] },
    );
    appended(await events.append(commit));
  },

  "G2: versions are checked before conditions": async ({ events }) => {
    await appendAccounts(events);
    const commit = sampleCommit(
      { stream: "a-1", expected: "none" },
      { conditions: [{ queries: [{}], after: 0 }] },
    );
    deepEqual(await events.append(commit), {
      status: "conflict",
      stream: "a-1",
      expected: "none",
      actual: 2,
    });
  },

  "G2: of concurrent appends whose conditions rule each other out exactly one happens": async ({
    events,
  }) => {
    const claim = (stream: string, number: string) =>
      events.append(
        sampleCommit(
          { stream, expected: "none", events: [{ type: "Opened", tags: [`number:${number}`] }] },
          { conditions: [{ queries: [{ tags: [`number:${number}`] }], after: 0 }] },
        ),
      );
    const numbers = Array.from({ length: 60 }, (_, index) => String(index % 3));
    const results = await Promise.all(numbers.map((number, index) => claim(`a-${index}`, number)));
    for (const number of ["0", "1", "2"]) {
      const ofNumber = results.filter((_, index) => numbers[index] === number);
      const winners = ofNumber.filter((result) => result.status === "appended");
      equal(winners.length, 1);
      const position = winners[0]?.firstPosition;
      for (const result of ofNumber) {
        if (result.status === "appended") continue;
        deepEqual(result, { status: "condition-failed", condition: 0, position });
      }
    }
    equal((await events.head()).position, 3);
  },
};
