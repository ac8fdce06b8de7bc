import type { IndexedField, ViewTable } from "../../ports/view-table.ts";
import { requireSameFields } from "../foundation/indexed-field.ts";
import type { Connection } from "./connection.ts";
import { createTableSql, quotedTable } from "./view-table-names.ts";

/** Makes the table unless it is there. */
export function createTable(connection: Connection, table: ViewTable): void {
  if (hasTable(connection, table)) return;
  connection.exec(createTableSql(table));
  connection
    .sql("INSERT INTO views (view, version, generation, fields) VALUES (?, ?, ?, ?)")
    .run(table.view, table.version, table.generation, JSON.stringify(table.fields));
}

/** Whether the table is there. Throws `declaration-invalid` if it is, with other indexes than these. */
export function hasTable(connection: Connection, table: ViewTable): boolean {
  const found = connection
    .sql("SELECT fields FROM views WHERE view = ? AND version = ? AND generation = ?")
    .get<{ readonly fields: string }>(table.view, table.version, table.generation);
  if (found === undefined) return false;
  requireSameFields(table, JSON.parse(found.fields) as IndexedField[]);
  return true;
}

/** Drops the table if it is there, unless somebody reads its version at the time `unlessReadAt`; whether it is gone. */
export function dropTable(
  connection: Connection,
  table: ViewTable,
  unlessReadAt: number | undefined,
): boolean {
  if (unlessReadAt !== undefined && isRead(connection, table, unlessReadAt)) return false;
  connection.exec(`DROP TABLE IF EXISTS ${quotedTable(table)}`);
  connection
    .sql("DELETE FROM views WHERE view = ? AND version = ? AND generation = ?")
    .run(table.view, table.version, table.generation);
  return true;
}

function isRead(connection: Connection, { view, version }: ViewTable, now: number): boolean {
  const reader = connection
    .sql("SELECT 1 FROM view_readers WHERE view = ? AND version = ? AND read_until > ?")
    .get(view, version, now);
  return reader !== undefined;
}

/** Notes a reader of a version, and forgets those of whom nothing was heard for longer than they said. */
export function announceReader(
  connection: Connection,
  { view, version, reader }: { readonly view: string; readonly version: number; readonly reader: string },
  now: number,
  forMs: number,
): void {
  connection
    .sql("DELETE FROM view_readers WHERE view = ? AND version = ? AND (reader = ? OR read_until <= ?)")
    .run(view, version, reader, now);
  if (forMs === 0) return;
  connection
    .sql("INSERT INTO view_readers (view, version, reader, read_until) VALUES (?, ?, ?, ?)")
    .run(view, version, reader, now + forMs);
}

export function listTables(connection: Connection): readonly ViewTable[] {
  return connection
    .sql("SELECT view, version, generation, fields FROM views ORDER BY view, version, generation")
    .all<Omit<ViewTable, "fields"> & { readonly fields: string }>()
    .map((row) => ({ ...row, fields: JSON.parse(row.fields) as IndexedField[] }));
}
