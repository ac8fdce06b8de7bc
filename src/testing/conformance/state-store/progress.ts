import { deepEqual, equal, fail } from "node:assert/strict";
import { sliceCount } from "../../../message/slice.ts";
import type { ProcessingFailure } from "../../../ports/parked-event.ts";
import type { SliceRange } from "../../../ports/processor-state.ts";
import type { StateStore } from "../../../ports/state-store.ts";
import { processorOfTable } from "../../../ports/view-table.ts";
import type { Promises } from "../conformance-case.ts";
import { inTime, rejectsWith, spoil } from "../expectations.ts";
import { accounts, fill, keyOf, pointOf, progressOf, start, wholeRange } from "../sample-processor.ts";

const processor = processorOfTable(accounts);
const failure: ProcessingFailure = {
  position: 3,
  code: "domain-threw",
  message: "no",
  attempts: 2,
  at: 1_700_000_000_000,
};
const low: SliceRange = { ...wholeRange, to: 100 };
const high: SliceRange = { ...wholeRange, from: 100, owner: "worker-2", epoch: 5 };

async function rangesOf(state: StateStore): Promise<readonly SliceRange[] | undefined> {
  return (await state.listProcessors()).get(processor)?.ranges;
}

/** All that a commit could have changed. */
async function everything(state: StateStore): Promise<unknown> {
  return [
    await state.listProcessors(),
    await state.queryRows(accounts, { filters: [], limit: 100 }),
    await state.listParked(processor),
  ];
}

export const progress: Promises = {
  "G5: rows, parked events, failure and checkpoint of one commit are all there afterwards": async ({
    state,
  }) => {
    await fill(state, { a: { amount: 1 }, b: {} });
    const parked = { sequence: "s", position: 2, failure };
    await state.commitProgress(progressOf(processor, { park: [{ ...parked, sequence: "gone" }] }));
    const table = accounts;
    const changes = [
      { key: "a", row: { amount: 2 }, position: 4 },
      { key: "b", row: undefined, position: 5 },
    ];
    const result = await state.commitProgress(
      progressOf(processor, {
        checkpoint: pointOf(5),
        rows: { table, changes },
        park: [parked],
        unpark: [
          { sequence: "gone", position: 2 },
          { sequence: "never", position: 9 },
        ],
        failure,
      }),
    );
    equal(result, "committed");
    const page = await state.queryRows(accounts, { filters: [], limit: 9 });
    deepEqual(page, {
      rows: [{ key: "a", row: { amount: 2 }, position: 4 }],
      more: false,
      checkpoint: pointOf(5),
    });
    deepEqual(await state.listParked(processor), [parked]);
    deepEqual(await rangesOf(state), [{ ...wholeRange, checkpoint: pointOf(5), failure }]);
  },

  "a failure stays until a commit says null": async ({ state }) => {
    await start(state, processor);
    const failureAfter = async (change: { failure?: ProcessingFailure | null }) => {
      equal(await state.commitProgress(progressOf(processor, change)), "committed");
      return (await rangesOf(state))?.[0]?.failure;
    };
    deepEqual(await failureAfter({ failure }), failure);
    deepEqual(await failureAfter({}), failure);
    const again = { ...failure, attempts: 3, stack: "at x" };
    deepEqual(await failureAfter({ failure: again }), again);
    deepEqual(await failureAfter({ failure: null }), undefined);
    deepEqual(await failureAfter({}), undefined);
    deepEqual(await rangesOf(state), [{ ...wholeRange, checkpoint: pointOf(1) }]);
  },

  "a failure is kept whatever its words, and whatever its caller does to it and the checkpoint later":
    async ({ state }) => {
      await start(state, processor);
      const words = { message: "no \u0000 \ud800 😀 \\u0000", stack: "at \udc00\u0000" };
      const kept = { ...failure, ...words };
      const given = { failure: { ...kept }, checkpoint: { ...pointOf(4) } };
      const park = [{ sequence: "s", position: 2, failure: { ...kept } }];
      equal(await state.commitProgress(progressOf(processor, { ...given, park })), "committed");
      spoil(given);
      spoil(park);
      deepEqual(await rangesOf(state), [{ ...wholeRange, checkpoint: pointOf(4), failure: kept }]);
      deepEqual(await state.listParked(processor), [{ sequence: "s", position: 2, failure: kept }]);
    },

  "G5: a commit by another owner, epoch or bounds is fenced off, and then nothing changes": async ({
    state,
  }) => {
    await fill(state, { a: { amount: 1 } });
    const parked = { sequence: "s", position: 2 };
    await state.commitProgress(progressOf(processor, { park: [parked] }));
    const before = await everything(state);
    const wrong: readonly SliceRange[] = [
      { ...wholeRange, owner: "worker-2" },
      { ...wholeRange, owner: "WORKER-1" },
      { ...wholeRange, owner: "" },
      { ...wholeRange, epoch: 0 },
      { ...wholeRange, epoch: 2 },
      { ...wholeRange, to: 512 },
      { ...wholeRange, from: 1 },
    ];
    for (const range of wrong) {
      const commit = progressOf(processor, {
        range,
        checkpoint: pointOf(9),
        rows: { table: accounts, changes: [{ key: "a", row: undefined, position: 9 }] },
        park: [{ sequence: "t", position: 9, failure }],
        unpark: [parked],
        failure,
      });
      equal(await state.commitProgress(commit), "fenced", JSON.stringify(keyOf(range)));
      deepEqual(await everything(state), before);
    }
  },

  "G5: a range that nobody holds, and a processor that is not known, take no commit": async ({ state }) => {
    equal(await state.commitProgress(progressOf(processor)), "fenced");
    deepEqual(await state.listProcessors(), new Map());
    const { owner: _owner, ...free } = wholeRange;
    await start(state, processor, [free]);
    equal(await state.commitProgress(progressOf(processor)), "fenced");
    equal(await state.commitProgress(progressOf(processor, { range: { ...free, owner: "" } })), "fenced");
    deepEqual(await rangesOf(state), [free]);
  },

  "G5: a lease that ran out does not fence off its holder as long as nobody took over": async ({ state }) => {
    const expired = { ...wholeRange, leaseUntil: 1 };
    await start(state, processor, [expired]);
    equal(await state.commitProgress(progressOf(processor, { checkpoint: pointOf(3) })), "committed");
    deepEqual(await rangesOf(state), [{ ...expired, checkpoint: pointOf(3) }]);
    await start(state, processor, [{ ...expired, checkpoint: pointOf(3), epoch: 2, owner: "worker-2" }]);
    equal(await state.commitProgress(progressOf(processor, { checkpoint: pointOf(4) })), "fenced");
  },

  "G5: two ranges of one processor move on independently": async ({ state }) => {
    await fill(state, {});
    await start(state, processor, [low, high]);
    const commit = (range: SliceRange, position: number) => {
      const changes = [{ key: `${range.from}-${position}`, row: {}, position }];
      return state.commitProgress(
        progressOf(processor, { range, checkpoint: pointOf(position), rows: { table: accounts, changes } }),
      );
    };
    const results = [];
    for (let position = 1; position <= 20; position++) {
      results.push(commit(low, position), commit(high, position + 100));
    }
    for (const result of results) equal(await inTime(result, "a commit"), "committed");
    deepEqual(await rangesOf(state), [
      { ...low, checkpoint: pointOf(20) },
      { ...high, checkpoint: pointOf(120) },
    ]);
    equal((await state.queryRows(accounts, { filters: [], limit: 100 })).rows.length, 40);
    equal(await commit({ ...low, owner: "worker-2" }, 99), "fenced");
    equal(await commit({ ...low, to: sliceCount }, 99), "fenced");
  },

  "G5: of two owners who both believe to hold a range, only the one who does gets anything done": async ({
    state,
  }) => {
    await fill(state, { a: { amount: 0 } });
    let done = 0;
    const work = async (owner: string) => {
      for (let turn = 0; turn < 20; turn++) {
        const taken = await state.updateProcessor(processor, (before) => ({
          ...before,
          ranges: before.ranges.map((range) => ({ ...range, owner, epoch: range.epoch + 1 })),
        }));
        const range = taken.ranges[0] as SliceRange;
        const amount = ((await state.readRows(accounts, ["a"])).get("a")?.row.amount ?? 0) as number;
        const changes = [{ key: "a", row: { amount: amount + 1 }, position: 1 }];
        const rows = { table: accounts, changes };
        if ((await state.commitProgress(progressOf(processor, { range, rows }))) === "committed") done++;
      }
    };
    await inTime(Promise.all(["a", "b", "c", "d"].map(work)), "four owners");
    const row = (await state.readRows(accounts, ["a"])).get("a");
    equal(row?.row.amount, done, "each commit must have counted once");
  },

  "G5: work of the caller's own is done with the checkpoint or not at all": async ({ state }) => {
    await start(state, processor);
    const before = await state.listProcessors();
    const failing = { ...progressOf(processor), work: async () => Promise.reject(new Error("no")) };
    if (state.transactions === undefined) {
      await rejectsWith(state.commitProgress(failing), "configuration-invalid");
    } else {
      await state.commitProgress(failing).then(
        () => fail("work that fails must fail the commit"),
        (error: Error) => equal((error.cause as Error | undefined)?.message, "no"),
      );
    }
    deepEqual(await state.listProcessors(), before);
    if (state.transactions === undefined) return;
    let calls = 0;
    const work = async (transaction: unknown) => {
      calls += transaction === undefined ? 0 : 1;
    };
    const range = { ...progressOf(processor).range, epoch: 99 };
    equal(await state.commitProgress({ ...progressOf(processor), range, work }), "fenced");
    equal(calls, 0);
    equal(await state.commitProgress({ ...progressOf(processor), work }), "committed");
    equal(calls, 1);
  },
};
