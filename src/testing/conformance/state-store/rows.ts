import { deepEqual, equal } from "node:assert/strict";
import { processorOfTable, type Row } from "../../../ports/view-table.ts";
import type { Promises } from "../conformance-case.ts";
import { rejectsWith, spoil, trySpoiling } from "../expectations.ts";
import { accounts, fill, progressOf } from "../sample-processor.ts";

const processor = processorOfTable(accounts);

export const rows: Promises = {
  "a row is read as it was written, with its key and position": async ({ state }) => {
    const written: Readonly<Record<string, Row>> = {
      plain: { name: "Ann", amount: 1.5, open: true },
      empty: {},
      nulls: { name: null, amount: null, open: null, other: null },
      "other fields": { list: [1, "two", { three: null }], nested: { open: false, "": "" } },
      "ключ 😀 %_'\"": { name: "e\u0301 שלום 😀 \\u0000 '\"%_", amount: -0.1, open: false },
      numbers: { amount: 9_007_199_254_740_991, least: -9_007_199_254_740_991, tiny: 5e-324, huge: 1.7e308 },
    };
    await fill(state, written);
    const read = await state.readRows(accounts, Object.keys(written));
    for (const [key, row] of Object.entries(written)) deepEqual(read.get(key), { key, row, position: 1 });
    equal(read.size, Object.keys(written).length);
  },

  "a key without a row is absent from what is read": async ({ state }) => {
    await fill(state, { a: { name: "A" }, b: { name: "B" } });
    const read = await state.readRows(accounts, ["a", "c", "A", "a ", ""]);
    deepEqual([...read.keys()], ["a"]);
    equal((await state.readRows(accounts, [])).size, 0);
    equal((await state.readRows(accounts, ["b", "a", "b"])).size, 2);
  },

  "a thousand rows are read by their keys at once": async ({ state }) => {
    const keys = Array.from({ length: 1000 }, (_, index) => `row-${index}`);
    await fill(state, Object.fromEntries(keys.map((key, index) => [key, { amount: index }])));
    const read = await state.readRows(accounts, keys);
    for (const [index, key] of keys.entries()) equal(read.get(key)?.row.amount, index);
  },

  "a change replaces the whole row, and one without a row removes it": async ({ state }) => {
    await fill(state, { a: { name: "A", amount: 1 }, b: { name: "B" }, c: { name: "C" } });
    const changes = [
      { key: "a", row: { name: "A2" }, position: 7 },
      { key: "b", row: undefined, position: 8 },
      { key: "unknown", row: undefined, position: 8 },
    ];
    await state.commitProgress(progressOf(processor, { rows: { table: accounts, changes } }));
    const read = await state.readRows(accounts, ["a", "b", "c", "unknown"]);
    deepEqual(read.get("a"), { key: "a", row: { name: "A2" }, position: 7 });
    deepEqual([...read.keys()].sort(), ["a", "c"]);
    const found = await state.queryRows(accounts, {
      filters: [{ field: "amount", op: "eq", value: 1 }],
      limit: 10,
    });
    deepEqual(found.rows, [], "an index must follow the row");
  },

  "several changes of one key in one commit apply in their order": async ({ state }) => {
    await fill(state, { a: { amount: 0 } });
    const changes = [
      { key: "a", row: { amount: 1 }, position: 2 },
      { key: "b", row: { amount: 1 }, position: 3 },
      { key: "a", row: undefined, position: 4 },
      { key: "b", row: { amount: 2 }, position: 5 },
      { key: "a", row: { amount: 3 }, position: 6 },
      { key: "c", row: { amount: 1 }, position: 7 },
      { key: "c", row: undefined, position: 8 },
    ];
    await state.commitProgress(progressOf(processor, { rows: { table: accounts, changes } }));
    const read = await state.readRows(accounts, ["a", "b", "c"]);
    deepEqual(
      new Map(read),
      new Map([
        ["a", { key: "a", row: { amount: 3 }, position: 6 }],
        ["b", { key: "b", row: { amount: 2 }, position: 5 }],
      ]),
    );
  },

  "G11: nothing is found by text that not every store can hold, least of all what looks like it": async ({
    state,
  }) => {
    await fill(state, { x: { name: "x" }, "x\ufffd": { name: "x\ufffd" } });
    const park = [{ sequence: "x", position: 1 }];
    await state.commitProgress(progressOf(processor, { park }));
    await state.saveSnapshot({ stream: "a-x", stateVersion: 1, version: 1, state: "x" });
    for (const bad of ["x\u0000", "x\ud800"]) {
      const found = JSON.stringify(bad);
      equal((await state.readRows(accounts, [bad])).size, 0, found);
      deepEqual([...(await state.readRows(accounts, [bad, "x"])).keys()], ["x"], found);
      for (const op of ["eq", "gt", "gte", "lt", "lte", "prefix"] as const) {
        const filters = [{ field: "name", op, value: bad }];
        deepEqual((await state.queryRows(accounts, { filters, limit: 9 })).rows, [], `${op} ${found}`);
      }
      const filters = [{ field: "name", op: "in", values: [bad, "x"] }] as const;
      equal((await state.queryRows(accounts, { filters, limit: 9 })).rows.length, 1, found);
      equal(await state.loadSnapshot(`a-${bad}`, 1), undefined, found);
      deepEqual(await state.listParked(processor, { sequence: bad }), [], found);
      deepEqual(await state.listParked(`${processor}${bad.slice(1)}`), [], found);
      equal(await state.requestRetry(processor, bad), false, found);
      equal(await state.discardParked(processor, bad, 1, "why"), false, found);
    }
    deepEqual(await state.listParked(processor), park);
  },

  "G11: text that not every store can hold is refused in keys and rows, with nothing changed": async ({
    state,
  }) => {
    await fill(state, { a: { name: "A" } });
    const before = await state.listProcessors();
    for (const bad of ["\u0000", "\ud800"]) {
      for (const change of [
        { key: bad, row: { name: "x" }, position: 2 },
        { key: "b", row: { name: bad }, position: 2 },
        { key: "b", row: { other: { [bad]: [] } }, position: 2 },
      ]) {
        const changes = [{ key: "a", row: { name: "changed" }, position: 2 }, change];
        const commit = state.commitProgress(progressOf(processor, { rows: { table: accounts, changes } }));
        await rejectsWith(commit, "text-refused", JSON.stringify(change));
      }
    }
    equal((await state.readRows(accounts, ["a"])).get("a")?.row.name, "A");
    deepEqual(await state.listProcessors(), before);
  },

  "G11: keys and indexed texts are taken up to what an index of every store holds, and no longer": async ({
    state,
  }) => {
    const long = {
      key: "k".repeat(500),
      row: { name: "é".repeat(1000), other: "x".repeat(100_000) },
      position: 2,
    };
    await fill(state, { [long.key]: long.row });
    deepEqual((await state.readRows(accounts, [long.key])).get(long.key)?.row, long.row);
    const filters = [{ field: "name", op: "eq", value: long.row.name }] as const;
    equal((await state.queryRows(accounts, { filters, limit: 9 })).rows.length, 1);
    for (const change of [
      { key: `${long.key}k`, row: { name: "x" }, position: 2 },
      { key: "é".repeat(251), row: { name: "x" }, position: 2 },
      { key: "b", row: { name: `${"é".repeat(1000)}x` }, position: 2 },
    ]) {
      const changes = [{ key: "a", row: { name: "A" }, position: 2 }, change];
      const commit = state.commitProgress(progressOf(processor, { rows: { table: accounts, changes } }));
      await rejectsWith(commit, "payload-too-large");
    }
    equal((await state.readRows(accounts, ["a"])).size, 0);
  },

  "what a caller does to rows that it wrote or read changes no row": async ({ state }) => {
    const row = { name: "A", list: [1] };
    await fill(state, { a: row });
    spoil(row);
    const read = (await state.readRows(accounts, ["a"])).get("a");
    const found = (await state.queryRows(accounts, { filters: [], limit: 1 })).rows[0];
    for (const copy of [read, found]) trySpoiling(copy);
    deepEqual((await state.readRows(accounts, ["a"])).get("a")?.row, { name: "A", list: [1] });
  },
};
