import type { IndexedField, ViewTable } from "../../ports/view-table.ts";
import { requireSameFields } from "../foundation/indexed-field.ts";
import type { Session } from "./database.ts";
import { createTableSql, quotedTable } from "./view-table-names.ts";

/** Makes the table unless it is there; within a transaction. */
export async function createTable(session: Session, table: ViewTable): Promise<void> {
  // Who makes or drops a table does so alone; readers are not kept waiting.
  await session.all("LOCK TABLE @views IN SHARE ROW EXCLUSIVE MODE");
  if (await hasTable(session, table)) return;
  await session.all(createTableSql(table));
  await session.all("INSERT INTO @views (view, version, generation, fields) VALUES ($1, $2, $3, $4)", [
    table.view,
    table.version,
    table.generation,
    JSON.stringify(table.fields),
  ]);
}

/** Whether the table is there. Throws `declaration-invalid` if it is, with other indexes than these. */
export async function hasTable(session: Session, table: ViewTable): Promise<boolean> {
  const [found] = await session.all<{ readonly fields: string }>(
    "SELECT fields FROM @views WHERE view = $1 AND version = $2 AND generation = $3",
    [table.view, table.version, table.generation],
  );
  if (found === undefined) return false;
  requireSameFields(table, JSON.parse(found.fields) as IndexedField[]);
  return true;
}

export async function dropTable(session: Session, table: ViewTable): Promise<void> {
  await session.all("LOCK TABLE @views IN SHARE ROW EXCLUSIVE MODE");
  await session.all(`DROP TABLE IF EXISTS ${quotedTable(table)}`);
  await session.all("DELETE FROM @views WHERE view = $1 AND version = $2 AND generation = $3", [
    table.view,
    table.version,
    table.generation,
  ]);
}

export async function listTables(session: Session): Promise<readonly ViewTable[]> {
  const rows = await session.all<Omit<ViewTable, "fields"> & { readonly fields: string }>(
    "SELECT view, version, generation, fields FROM @views ORDER BY view, version, generation",
  );
  return rows.map((row) => ({ ...row, fields: JSON.parse(row.fields) as IndexedField[] }));
}
