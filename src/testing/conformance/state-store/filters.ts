import { deepEqual } from "node:assert/strict";
import { compareText } from "../../../message/text-order.ts";
import type { Row, RowFilter } from "../../../ports/view-table.ts";
import type { OpenedStore, Promises } from "../conformance-case.ts";
import { rejectsWith } from "../expectations.ts";
import { accounts, fill } from "../sample-processor.ts";

/** Fails unless each list of filters lets exactly these keys through (a letter each), in ascending order. */
async function expectFound(
  { state }: OpenedStore,
  expected: readonly (readonly [keys: string, ...filters: readonly RowFilter[]])[],
): Promise<void> {
  for (const [keys, ...filters] of expected) {
    const page = await state.queryRows(accounts, { filters, limit: 100 });
    deepEqual(page.rows.map(({ key }) => key).join(""), keys, JSON.stringify(filters));
  }
}

const texts: Readonly<Record<string, Row>> = {
  a: { name: "" },
  b: { name: "Ann" },
  c: { name: "ann" },
  d: { name: "Anna" },
  e: { name: "%nn" },
  f: { name: "A_n" },
  g: { name: "\u{1f600}x" },
  h: { name: "\uffff" },
  i: { name: "\u{10ffff}\u{10ffff}" },
  j: { name: "\ud7ff!" },
  k: { name: "\ue000" },
  l: { name: null },
  m: {},
};

const numbers: Readonly<Record<string, Row>> = {
  a: { amount: -1.5 },
  b: { amount: 0 },
  c: { amount: 2 },
  d: { amount: 10 },
  e: { amount: 10.5 },
  f: { amount: 9_007_199_254_740_991 },
  g: { amount: null },
  h: {},
};

export const filters: Promises = {
  "filters on text compare by code point, without folding, and null fits no comparison": async (store) => {
    await fill(store.state, texts);
    const field = "name";
    await expectFound(store, [
      ["abcdefghijklm"],
      ["b", { field, op: "eq", value: "Ann" }],
      ["a", { field, op: "eq", value: "" }],
      ["e", { field, op: "eq", value: "%nn" }],
      ["", { field, op: "eq", value: "\u{1f600}" }],
      ["lm", { field, op: "eq", value: null }],
      ["bg", { field, op: "in", values: ["Ann", "\u{1f600}x", "nobody"] }],
      ["blm", { field, op: "in", values: [null, "Ann"] }],
      ["", { field, op: "in", values: [] }],
      ["gi", { field, op: "gt", value: "\uffff" }],
      ["ghi", { field, op: "gte", value: "\uffff" }],
      ["abdef", { field, op: "lt", value: "ann" }],
      ["abcdef", { field, op: "lte", value: "ann" }],
      ["", { field, op: "gt", value: null }],
      ["", { field, op: "gte", value: null }],
      ["", { field, op: "lt", value: null }],
      ["", { field, op: "lte", value: null }],
    ]);
  },

  "a prefix is text to begin with, not a pattern": async (store) => {
    await fill(store.state, texts);
    const field = "name";
    await expectFound(store, [
      ["abcdefghijk", { field, op: "prefix", value: "" }],
      ["bdf", { field, op: "prefix", value: "A" }],
      ["bd", { field, op: "prefix", value: "Ann" }],
      ["c", { field, op: "prefix", value: "a" }],
      ["e", { field, op: "prefix", value: "%" }],
      ["f", { field, op: "prefix", value: "A_" }],
      ["", { field, op: "prefix", value: "_" }],
      ["g", { field, op: "prefix", value: "\u{1f600}" }],
      ["h", { field, op: "prefix", value: "\uffff" }],
      ["i", { field, op: "prefix", value: "\u{10ffff}" }],
      ["i", { field, op: "prefix", value: "\u{10ffff}\u{10ffff}" }],
      ["j", { field, op: "prefix", value: "\ud7ff" }],
      ["k", { field, op: "prefix", value: "\ue000" }],
    ]);
  },

  "filters on numbers compare by value, whole or not": async (store) => {
    await fill(store.state, numbers);
    const field = "amount";
    await expectFound(store, [
      ["d", { field, op: "eq", value: 10 }],
      ["e", { field, op: "eq", value: 10.5 }],
      ["b", { field, op: "eq", value: 0 }],
      ["f", { field, op: "eq", value: 9_007_199_254_740_991 }],
      ["", { field, op: "eq", value: 9_007_199_254_740_990 }],
      ["gh", { field, op: "eq", value: null }],
      ["acgh", { field, op: "in", values: [2, -1.5, null] }],
      ["ef", { field, op: "gt", value: 10 }],
      ["def", { field, op: "gte", value: 10 }],
      ["ab", { field, op: "lt", value: 1 }],
      ["abc", { field, op: "lte", value: 2 }],
      ["cd", { field, op: "gt", value: 0 }, { field, op: "lt", value: 10.5 }],
      ["", { field, op: "lt", value: null }],
    ]);
  },

  "filters on booleans put false before true": async (store) => {
    await fill(store.state, { a: { open: true }, b: { open: false }, c: { open: null }, d: {} });
    const field = "open";
    await expectFound(store, [
      ["a", { field, op: "eq", value: true }],
      ["b", { field, op: "eq", value: false }],
      ["cd", { field, op: "eq", value: null }],
      ["ab", { field, op: "in", values: [true, false] }],
      ["bcd", { field, op: "in", values: [false, null] }],
      ["a", { field, op: "gt", value: false }],
      ["ab", { field, op: "gte", value: false }],
      ["b", { field, op: "lt", value: true }],
      ["ab", { field, op: "lte", value: true }],
      ["", { field, op: "gt", value: null }],
    ]);
  },

  "nothing compares to a value that the field cannot have": async (store) => {
    await fill(store.state, {
      a: { name: "5", amount: 5, open: true },
      b: { name: "0", amount: 0, open: false },
    });
    for (const op of ["eq", "gt", "gte", "lt", "lte"] as const) {
      await expectFound(store, [
        ["", { field: "name", op, value: 5 }],
        ["", { field: "name", op, value: true }],
        ["", { field: "amount", op, value: "5" }],
        ["", { field: "amount", op, value: true }],
        ["", { field: "open", op, value: 1 }],
        ["", { field: "open", op, value: "true" }],
      ]);
    }
    await expectFound(store, [
      ["", { field: "name", op: "in", values: [5, 0, true] }],
      ["a", { field: "amount", op: "in", values: ["0", false, 5] }],
      ["b", { field: "open", op: "in", values: [1, "true", false] }],
      ["", { field: "amount", op: "prefix", value: "5" }],
      ["", { field: "open", op: "prefix", value: "" }],
    ]);
  },

  "G11: a filter or sort on what is no field of the table is refused": async ({ state }) => {
    await fill(state, { a: { name: "A", other: 1 } });
    for (const field of ["other", "Name", "key", "row", "position", ""]) {
      const filter = { field, op: "eq", value: 1 } as const;
      const filtered = state.queryRows(accounts, { filters: [filter], limit: 1 });
      await rejectsWith(filtered, "query-invalid", `a filter on ${field}`);
      const sort = { field, direction: "asc" } as const;
      const sorted = state.queryRows(accounts, { filters: [], sort, limit: 1 });
      await rejectsWith(sorted, "query-invalid", `a sort by ${field}`);
    }
  },

  "all filters must hold, on one field or several": async (store) => {
    await fill(store.state, {
      a: { name: "x", amount: 1, open: true },
      b: { name: "x", amount: 2, open: true },
      c: { name: "x", amount: 2, open: false },
      d: { name: "y", amount: 2, open: true },
    });
    const x: RowFilter = { field: "name", op: "prefix", value: "x" };
    const two: RowFilter = { field: "amount", op: "gte", value: 2 };
    const open: RowFilter = { field: "open", op: "eq", value: true };
    await expectFound(store, [
      ["b", x, two, open],
      ["bc", x, two],
      ["ab", open, x],
      ["", x, { field: "name", op: "eq", value: "y" }],
    ]);
  },

  "filters with hundreds of values find each": async (store) => {
    const keys = Array.from({ length: 600 }, (_, index) => `row-${index}`).sort(compareText);
    await fill(store.state, Object.fromEntries(keys.map((key) => [key, { name: key }])));
    const values = keys.filter((_, index) => index % 2 === 0);
    const page = await store.state.queryRows(accounts, {
      filters: [{ field: "name", op: "in", values }],
      limit: 1000,
    });
    deepEqual(
      page.rows.map(({ key }) => key),
      values,
    );
  },
};
