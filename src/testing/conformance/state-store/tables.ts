import { deepEqual, equal } from "node:assert/strict";
import { compareText } from "../../../message/text-order.ts";
import type { StateStore } from "../../../ports/state-store.ts";
import type { ViewTable } from "../../../ports/view-table.ts";
import type { Promises } from "../conformance-case.ts";
import { rejectsWith } from "../expectations.ts";
import { accounts, fill } from "../sample-processor.ts";

function sorted(tables: readonly ViewTable[]): readonly ViewTable[] {
  const nameOf = ({ view, version, generation }: ViewTable) => `${view} ${version} ${generation}`;
  return tables
    .map((table) => ({
      ...table,
      fields: [...table.fields].sort((a, b) => compareText(a.name, b.name)),
    }))
    .sort((a, b) => compareText(nameOf(a), nameOf(b)));
}

/** Fails unless rows are found and sorted by each of these fields alone. */
async function expectFieldsApart(state: StateStore, names: readonly string[]): Promise<void> {
  const table = { ...accounts, fields: names.map((name) => ({ name, type: "number" as const })) };
  const row = (offset: number) => Object.fromEntries(names.map((name, index) => [name, index + offset]));
  await fill(state, { a: row(0), b: row(100) }, table);
  for (const [index, field] of names.entries()) {
    const { rows } = await state.queryRows(table, {
      filters: [{ field, op: "eq", value: index + 100 }],
      sort: { field, direction: "desc" },
      limit: 10,
    });
    deepEqual(
      rows.map(({ key }) => key),
      ["b"],
      field,
    );
  }
}

export const tables: Promises = {
  "tables are listed as they were made": async ({ state }) => {
    deepEqual(await state.listTables(), []);
    const made = [
      accounts,
      { ...accounts, generation: 2 },
      { ...accounts, version: 2, fields: [] },
      { ...accounts, view: "accounts-per-user", fields: [{ name: "userId", type: "number" as const }] },
    ];
    for (const table of made) await state.createTable(table);
    deepEqual(sorted(await state.listTables()), sorted(made));
  },

  "making a table that is there leaves it and its rows alone, also when many do it at once": async ({
    state,
  }) => {
    await Promise.all(Array.from({ length: 10 }, () => state.createTable(accounts)));
    await fill(state, { a: { name: "A" } });
    await Promise.all(Array.from({ length: 10 }, () => state.createTable(accounts)));
    equal((await state.listTables()).length, 1);
    equal((await state.readRows(accounts, ["a"])).size, 1);
  },

  "a table that is there with other fields is not made again, and keeps its rows": async ({ state }) => {
    await fill(state, { a: { name: "A" } });
    const [first, ...others] = accounts.fields;
    const declared = [[], others, [...accounts.fields, { name: "more", type: "text" as const }]];
    if (first !== undefined) declared.push([{ ...first, type: "number" }, ...others]);
    for (const fields of declared) {
      await rejectsWith(state.createTable({ ...accounts, fields }), "declaration-invalid");
    }
    await state.createTable({ ...accounts, fields: accounts.fields.toReversed() });
    equal((await state.readRows(accounts, ["a"])).size, 1);
  },

  "dropping a table drops its rows and no others, and one that is not there is no fault": async ({
    state,
  }) => {
    const next = { ...accounts, generation: 2 };
    await fill(state, { a: { name: "old" } });
    await fill(state, { a: { name: "new" } }, next);
    await state.dropTable(accounts);
    await state.dropTable(accounts);
    await state.dropTable({ ...accounts, view: "unknown" });
    deepEqual(sorted(await state.listTables()), sorted([next]));
    equal((await state.readRows(next, ["a"])).get("a")?.row.name, "new");
    await state.createTable(accounts);
    equal((await state.readRows(accounts, ["a"])).size, 0);
  },

  "a table is kept while its version is read, unless it is to go in any case": async ({ state }) => {
    const unlessRead = true;
    const next = { ...accounts, generation: 2 };
    for (const table of [accounts, next]) await state.createTable(table);
    for (const reader of ["r", "s"]) await state.announceReader("accounts", accounts.version, reader, 60_000);
    await state.announceReader("accounts", accounts.version + 1, "t", 60_000);
    equal(await state.dropTable(accounts, { unlessRead }), false);
    await state.announceReader("accounts", accounts.version, "s", 0);
    equal(await state.dropTable(accounts, { unlessRead }), false);
    equal((await state.listTables()).length, 2);
    equal(await state.dropTable(next), true);
    await state.announceReader("accounts", accounts.version, "r", 0);
    equal(await state.dropTable(accounts, { unlessRead }), true);
    equal(await state.dropTable(accounts, { unlessRead }), true);
    deepEqual(await state.listTables(), []);
  },

  "views whose names begin alike or mean something to a database have tables of their own": async ({
    state,
  }) => {
    const views = ["user", "user-s", "users", "select", "table", "u", "u1", "rows-1"];
    const made = views.flatMap((view) => [
      { ...accounts, view },
      { ...accounts, view, version: 11 },
      { ...accounts, view, generation: 11 },
    ]);
    for (const [index, table] of made.entries()) await fill(state, { a: { amount: index } }, table);
    for (const [index, table] of made.entries()) {
      equal((await state.readRows(table, ["a"])).get("a")?.row.amount, index);
    }
    deepEqual(sorted(await state.listTables()), sorted(made));
  },

  "fields may be named like the words of a database": async ({ state }) => {
    await expectFieldsApart(state, ["key", "row", "position", "order", "select", "rowid", "_id"]);
  },

  "fields whose names differ in case alone are different fields": async ({ state }) => {
    await expectFieldsApart(state, ["userId", "userid", "UserId"]);
  },
};
