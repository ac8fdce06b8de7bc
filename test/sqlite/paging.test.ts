import { expect, test } from "vitest";
import { processorOfTable, type RowPage, type RowQuery } from "../../src/ports/view-table.ts";
import { openMemory } from "../../src/stores/memory/open-memory.ts";
import type { OpenedStore } from "../../src/testing/conformance/conformance-case.ts";
import { accounts, fill, progressOf } from "../../src/testing/conformance/sample-processor.ts";
import { opened, scratchFile } from "./scratch-file.ts";

const names = [
  null,
  "",
  "A",
  "a",
  "b",
  "ü",
  "\u{ffff}",
  "\u{10000}",
  ...Array.from({ length: 20 }, (_, i) => `n${i}`),
];

/** Every row of a query, page by page. */
async function pages({ state }: OpenedStore, query: RowQuery): Promise<readonly (readonly string[])[]> {
  const found: (readonly string[])[] = [];
  for (let after: RowQuery["after"]; ; ) {
    const page: RowPage = await state.queryRows(accounts, {
      ...query,
      ...(after === undefined ? {} : { after }),
    });
    found.push(page.rows.map(({ key }) => key));
    const last = page.rows.at(-1);
    if (!page.more || last === undefined) return found;
    const value = query.sort === undefined ? null : last.row[query.sort.field];
    after = { key: last.key, value: (value ?? null) as string | number | boolean | null };
  }
}

test("pages of any query are those of the memory store, which sorts all rows", async () => {
  const [sqlite, memory] = [await opened(scratchFile()), openMemory()] as const;
  const rows = Object.fromEntries(
    Array.from({ length: 300 }, (_, index) => [
      `key-${(index * 7919) % 300}`,
      {
        name: names[(index * 31) % names.length] ?? null,
        amount: index % 5 === 0 ? null : ((index * 17) % 40) / 2 - 5,
        open: [true, false, null][index % 3] ?? null,
      },
    ]),
  );
  for (const store of [sqlite, memory]) await fill(store.state, rows);
  const filters: readonly RowQuery["filters"][] = [
    [],
    [{ field: "open", op: "eq", value: true }],
    [{ field: "name", op: "prefix", value: "n1" }],
    [{ field: "name", op: "in", values: ["a", null, "n3"] }],
    [
      { field: "amount", op: "gte", value: -1 },
      { field: "amount", op: "lt", value: 8 },
    ],
  ];
  for (const filter of filters) {
    for (const field of [undefined, "name", "amount", "open"]) {
      for (const direction of ["asc", "desc"] as const) {
        for (const limit of [1, 7, 300]) {
          const query = {
            filters: filter,
            limit,
            ...(field === undefined ? {} : { sort: { field, direction } }),
          };
          expect(await pages(sqlite, query), JSON.stringify(query)).toEqual(await pages(memory, query));
        }
      }
    }
  }
  await memory.close();
}, 60_000);

test("G11: a query of a field without an index, and a table with other indexes than declared, are told so", async () => {
  const { state } = await opened(scratchFile());
  await fill(state, { a: { name: "A" } });
  const query: RowQuery = { filters: [{ field: "colour", op: "eq", value: "red" }], limit: 1 };
  await expect(state.queryRows(accounts, query)).rejects.toMatchObject({ code: "query-invalid" });
  await expect(state.createTable({ ...accounts, fields: [] })).rejects.toMatchObject({
    code: "declaration-invalid",
  });
  const checkpoint = progressOf(processorOfTable(accounts));
  expect(await state.commitProgress(checkpoint)).toBe("committed");
});
