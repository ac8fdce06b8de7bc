import { deepEqual, equal, ok } from "node:assert/strict";
import { sliceCount } from "../../../message/slice.ts";
import type { StateStore } from "../../../ports/state-store.ts";
import { type FieldValue, processorOfTable, type Row, type RowQuery } from "../../../ports/view-table.ts";
import type { Promises } from "../conformance-case.ts";
import { boundedTurns, inTime } from "../expectations.ts";
import { accounts, fill, pointOf, progressOf, start, wholeRange } from "../sample-processor.ts";

/** Texts in code point order: an astral letter stands behind U+FFFF, which UTF-16 code units would deny. */
const textsInOrder = ["", "A", "B", "a", "a b", "ab", "é", "\ud7ff", "\ue000", "\uffff", "😀", "\u{10ffff}"];

/** All rows of the query by pages of `limit`; fails where a page is too long or `more` does not hold. */
async function readPages(state: StateStore, query: Omit<RowQuery, "after">): Promise<readonly string[]> {
  const keys: string[] = [];
  let after: RowQuery["after"];
  const turn = boundedTurns("paging", 1000);
  for (;;) {
    turn();
    const page = await state.queryRows(accounts, after === undefined ? query : { ...query, after });
    ok(page.rows.length <= query.limit, `expected at most ${query.limit} rows`);
    keys.push(...page.rows.map(({ key }) => key));
    const last = page.rows.at(-1);
    if (!page.more) return keys;
    ok(last !== undefined && page.rows.length === query.limit, "expected a full page where there are more");
    const value = query.sort === undefined ? null : ((last.row[query.sort.field] ?? null) as FieldValue);
    after = { value, key: last.key };
  }
}

/** Fails unless pages of any size, ascending and descending, visit exactly these rows; `groups` share a value each. */
async function expectOrder(
  state: StateStore,
  field: string,
  groups: readonly (readonly string[])[],
  filters: RowQuery["filters"] = [],
): Promise<void> {
  for (const limit of [1, 2, 3, 5, 100]) {
    const query = (direction: "asc" | "desc") => ({ filters, sort: { field, direction }, limit });
    deepEqual(await readPages(state, query("asc")), groups.flat(), `ascending ${field} by ${limit}`);
    deepEqual(
      await readPages(state, query("desc")),
      groups.toReversed().flat(),
      `descending ${field} by ${limit}`,
    );
  }
}

export const paging: Promises = {
  "rows without a sort come in ascending order of their keys, by code point": async ({ state }) => {
    const keys = textsInOrder.map((text) => `k${text}`);
    await fill(state, Object.fromEntries(keys.toReversed().map((key) => [key, {}])));
    for (const limit of [1, 2, 5, keys.length, 100]) {
      deepEqual(await readPages(state, { filters: [], limit }), keys);
    }
  },

  "text sorts by code point, null first when ascending and last when descending, ties by ascending key":
    async ({ state }) => {
      const rows: Record<string, Row> = { z: {}, y: { name: null } };
      const groups = [["y", "z"]];
      for (const [index, name] of textsInOrder.entries()) {
        const keys = [`${index}a`, `${index}\uffff`, `${index}😀`];
        for (const key of keys.toReversed()) rows[key] = { name };
        groups.push(keys);
      }
      await fill(state, rows);
      await expectOrder(state, "name", groups);
    },

  "numbers sort by value, null first when ascending, ties by ascending key": async ({ state }) => {
    const amounts = [-9_007_199_254_740_991, -10, -9.5, -1, 0, 1e-10, 0.5, 1, 2, 10, 10.5, 100, 1e300];
    const rows: Record<string, Row> = { y: { amount: null }, x: {} };
    const groups = [["x", "y"]];
    for (const [index, amount] of amounts.toReversed().entries()) {
      const name = String.fromCharCode(97 + index);
      rows[`2${name}`] = { amount };
      rows[`1${name}`] = { amount };
      groups.splice(1, 0, [`1${name}`, `2${name}`]);
    }
    await fill(state, rows);
    await expectOrder(state, "amount", groups);
  },

  "booleans sort null, false, true, ties by ascending key, also under a filter": async ({ state }) => {
    const rows: Record<string, Row> = {};
    const groups = [null, false, true].map((open, group) =>
      ["d", "c", "b", "a"]
        .map((letter) => {
          const key = `${letter}${group}`;
          rows[key] = { open, name: letter < "c" ? "low" : "high" };
          return key;
        })
        .toReversed(),
    );
    await fill(state, rows);
    await expectOrder(state, "open", groups);
    const low = groups.map((keys) => keys.filter((key) => key < "c"));
    await expectOrder(state, "open", low, [{ field: "name", op: "eq", value: "low" }]);
  },

  "a page says whether there are more rows, also where it ends exactly at the last": async ({ state }) => {
    const empty = { filters: [], limit: 2 };
    await state.createTable(accounts);
    deepEqual(await state.queryRows(accounts, empty), { rows: [], more: false, checkpoint: undefined });
    await fill(state, { a: { amount: 1 }, b: { amount: 1 }, c: { amount: 2 } });
    const moreOf = async (query: RowQuery) => (await state.queryRows(accounts, query)).more;
    equal(await moreOf({ filters: [], limit: 2 }), true);
    equal(await moreOf({ filters: [], limit: 3 }), false);
    equal(await moreOf({ filters: [], limit: 2, after: { value: null, key: "a" } }), false);
    equal(await moreOf({ filters: [], limit: 1, after: { value: null, key: "a" } }), true);
    equal(await moreOf({ filters: [{ field: "amount", op: "eq", value: 1 }], limit: 2 }), false);
    equal(await moreOf({ filters: [], limit: 2, after: { value: null, key: "c" } }), false);
  },

  "a page goes on after a row that is gone by then": async ({ state }) => {
    await fill(state, { a: { amount: 1 }, c: { amount: 3 }, d: { amount: 3 } });
    const sort = { field: "amount", direction: "asc" as const };
    const page = await state.queryRows(accounts, {
      filters: [],
      sort,
      limit: 9,
      after: { value: 2, key: "b" },
    });
    deepEqual(
      page.rows.map(({ key }) => key),
      ["c", "d"],
    );
  },

  "G8: a page names the lowest checkpoint of the table's processor, and none before its first start": async ({
    state,
  }) => {
    await state.createTable(accounts);
    const checkpoint = async () => (await state.queryRows(accounts, { filters: [], limit: 1 })).checkpoint;
    equal(await checkpoint(), undefined);
    await start(state, "view:other@1.1");
    await state.updateProcessor(processorOfTable(accounts), (before) => ({ ...before, paused: true }));
    equal(await checkpoint(), undefined, "a processor without ranges has not started");
    await start(state, processorOfTable(accounts), [
      { ...wholeRange, to: 100, checkpoint: pointOf(9) },
      { ...wholeRange, from: 100, to: 200, checkpoint: pointOf(3) },
      { ...wholeRange, from: 200, to: sliceCount, checkpoint: pointOf(20) },
    ]);
    deepEqual(await checkpoint(), pointOf(3));
  },

  "G8: rows and checkpoint are read in one instant": async ({ state }) => {
    await fill(state, { a: { amount: 1 }, b: { amount: 1 } });
    const commit = async () => {
      for (let position = 2; position <= 60; position++) {
        const changes = ["a", "b"].map((key) => ({ key, row: { amount: position }, position }));
        const rows = { table: accounts, changes };
        await state.commitProgress(
          progressOf(processorOfTable(accounts), { rows, checkpoint: pointOf(position) }),
        );
      }
    };
    const read = async () => {
      const turn = boundedTurns("reading the rows");
      for (let seen = 1; seen < 60; ) {
        turn();
        const page = await state.queryRows(accounts, { filters: [], limit: 2 });
        const { position = 0 } = page.checkpoint ?? {};
        deepEqual(
          page.rows.map((row) => row.position),
          [position, position],
        );
        ok(position >= seen, "a checkpoint must not go back");
        seen = position;
      }
    };
    await inTime(Promise.all([commit(), read()]), "60 commits and a reader");
  },
};
