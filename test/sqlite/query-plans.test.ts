import { expect, test } from "vitest";
import type { RowQuery, ViewTable } from "../../src/ports/view-table.ts";
import type { Connection } from "../../src/stores/sqlite/connection.ts";
import { connect } from "../../src/stores/sqlite/file-connection.ts";
import { prepareDatabase } from "../../src/stores/sqlite/prepare-database.ts";
import { queryRows } from "../../src/stores/sqlite/query-rows.ts";
import { readLogRows } from "../../src/stores/sqlite/read-log-rows.ts";
import { createTable } from "../../src/stores/sqlite/view-tables.ts";
import { scratchFile } from "./scratch-file.ts";

const table: ViewTable = {
  view: "accounts",
  version: 1,
  generation: 1,
  fields: [
    { name: "status", type: "text" },
    { name: "openedAt", type: "number" },
  ],
};

/** How SQLite goes about each statement of a query, as it says itself. */
function plansOf(query: RowQuery): readonly string[] {
  const connection = connect(scratchFile());
  prepareDatabase(connection);
  createTable(connection, table);
  const name = '"view_accounts_1_1"';
  connection.exec(`
    WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 400)
    INSERT INTO ${name} SELECT 'k' || i, '{}', 1, CASE WHEN i % 3 THEN 's' || (i % 20) END, i FROM n`);
  const plans = plansIn(connection, (watched) => queryRows(watched, table, query));
  connection.close();
  return plans;
}

/** How SQLite goes about each statement of some work. */
function plansIn(connection: Connection, work: (watched: Connection) => void): readonly string[] {
  const texts: string[] = [];
  const watched: Connection = {
    ...connection,
    sql(text) {
      texts.push(text);
      return connection.sql(text);
    },
  };
  work(watched);
  return texts.map((text) =>
    connection
      .sql(`EXPLAIN QUERY PLAN ${text}`)
      .all<{ readonly detail: string }>(...Array<null>(text.split("?").length - 1).fill(null))
      .map(({ detail }) => detail)
      .join("; "),
  );
}

const asc = { field: "status", direction: "asc" } as const;
const desc = { field: "status", direction: "desc" } as const;
const byStatus = "view_accounts_1_1_by_status";

test.each<[string, RowQuery]>([
  ["equality", { filters: [{ field: "status", op: "eq", value: "s1" }], limit: 10 }],
  ["null", { filters: [{ field: "status", op: "eq", value: null }], limit: 10 }],
  ["a prefix", { filters: [{ field: "status", op: "prefix", value: "s1" }], limit: 10 }],
  ["a range", { filters: [{ field: "status", op: "gt", value: "s1" }], sort: asc, limit: 10 }],
  ["several values", { filters: [{ field: "status", op: "in", values: ["s1", "s2"] }], limit: 10 }],
  ["a sort", { filters: [], sort: asc, limit: 10 }],
  ["a sort after a row", { filters: [], sort: asc, limit: 500, after: { value: "s3", key: "k3" } }],
  ["a sort after null", { filters: [], sort: asc, limit: 500, after: { value: null, key: "k3" } }],
  ["a descending sort", { filters: [], sort: desc, limit: 500 }],
  [
    "a descending sort after a row",
    { filters: [], sort: desc, limit: 500, after: { value: "s3", key: "k3" } },
  ],
  [
    "a descending sort after null",
    { filters: [], sort: desc, limit: 500, after: { value: null, key: "k3" } },
  ],
])("%s goes by the index", (_what, query) => {
  const plans = plansOf(query);
  expect(plans.length).toBeGreaterThan(0);
  for (const plan of plans) expect(plan).toContain(byStatus);
});

test("a page is never sorted as a whole: at most the keys of one value are", () => {
  for (const after of [undefined, { value: "s3", key: "k3" }, { value: null, key: "k3" }]) {
    for (const sort of [asc, desc]) {
      const query: RowQuery = { filters: [], sort, limit: 500, ...(after === undefined ? {} : { after }) };
      for (const plan of plansOf(query)) {
        if (plan.includes("TEMP B-TREE")) expect(plan).toContain("USE TEMP B-TREE FOR LAST TERM OF ORDER BY");
      }
    }
  }
});

test("rows without a sort go by their key", () => {
  for (const plan of plansOf({ filters: [], limit: 10, after: { value: null, key: "k3" } })) {
    expect(plan).toContain("(key>?)");
  }
});

test("a read of the log by tag goes by the tag and then by the positions found, and scans neither table", () => {
  const connection = connect(scratchFile());
  prepareDatabase(connection);
  connection.exec(`
    WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 400)
    INSERT INTO events SELECT i, 'a-' || i, 1, 'e' || i, 'A', 1, 0, '{}', '{}', '[]' FROM n`);
  connection.exec("INSERT INTO event_tags SELECT 'tag:' || (position % 7), position FROM events");
  const plans = plansIn(connection, (watched) => {
    const page = readLogRows(watched, { after: 100, limit: 10, tag: "tag:3" }, 400);
    expect(page.events.map(({ position }) => position)).toEqual([
      101, 108, 115, 122, 129, 136, 143, 150, 157, 164,
    ]);
  });
  connection.close();
  expect(plans).toHaveLength(1);
  for (const plan of plans) {
    expect(plan).toContain("SEARCH event_tags USING PRIMARY KEY (tag=? AND position>? AND position<?)");
    expect(plan).toMatch(/SEARCH events USING INTEGER PRIMARY KEY \(rowid=\?\)/);
    expect(plan).not.toMatch(/SCAN (events|event_tags)/);
    expect(plan).not.toContain("TEMP B-TREE");
  }
});
