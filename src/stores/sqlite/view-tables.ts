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

export function dropTable(connection: Connection, table: ViewTable): void {
  connection.exec(`DROP TABLE IF EXISTS ${quotedTable(table)}`);
  connection
    .sql("DELETE FROM views WHERE view = ? AND version = ? AND generation = ?")
    .run(table.view, table.version, table.generation);
}

export function listTables(connection: Connection): readonly ViewTable[] {
  return connection
    .sql("SELECT view, version, generation, fields FROM views ORDER BY view, version, generation")
    .all<Omit<ViewTable, "fields"> & { readonly fields: string }>()
    .map((row) => ({ ...row, fields: JSON.parse(row.fields) as IndexedField[] }));
}
