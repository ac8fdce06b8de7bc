import type { IndexedField, ViewTable } from "../../ports/view-table.ts";
import { requireSameFields } from "../foundation/indexed-field.ts";
import type { Session } from "./database.ts";
import { literal } from "./sql-name.ts";
import { columnName, indexName, tableName } from "./view-table-names.ts";

/** The statement that makes the table unless it is there. */
export function makeTableSql(table: ViewTable): string {
  const fields = table.fields.map(({ name, type }) => ({
    name,
    type,
    column: columnName(name),
    index: indexName(table, name),
  }));
  const { view, version, generation } = table;
  return `SELECT @make_view(${literal(view)}, ${version}, ${generation}, ${literal(tableName(table))}, ${literal(JSON.stringify(fields))})`;
}

/** Whether the table is there. Throws `declaration-invalid` if it is, with other indexes than these. */
export async function hasTable(session: Session, table: ViewTable): Promise<boolean> {
  const [found] = await session.all<{ readonly fields: string }>(
    "SELECT fields FROM @views WHERE view = $1 AND version = $2 AND generation = $3",
    [table.view, table.version, table.generation],
    { brief: true },
  );
  if (found === undefined) return false;
  requireSameFields(table, toFields(found.fields));
  return true;
}

/** Drops the table if it is there, or with `unlessRead` only if nobody reads its version; whether it is gone. */
export async function dropTable(session: Session, table: ViewTable, unlessRead: boolean): Promise<boolean> {
  const { view, version, generation } = table;
  const [answer] = await session.all<{ readonly gone: boolean }>(
    "SELECT @drop_view($1, $2, $3, $4) AS gone",
    [view, version, generation, unlessRead],
  );
  return answer?.gone ?? true;
}

/** Notes a reader of a version, and forgets those of whom nothing was heard for longer than they said. */
export async function announceReader(
  session: Session,
  view: string,
  version: number,
  reader: string,
  forMs: number,
): Promise<void> {
  await session.all(
    `WITH
      time AS (SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint AS now),
      gone AS (
        DELETE FROM @view_readers r USING time
        WHERE r.view = $1 AND r.version = $2 AND r.read_until <= time.now AND r.reader <> $3)
    INSERT INTO @view_readers (view, version, reader, read_until) SELECT $1, $2, $3, time.now + $4 FROM time
    ON CONFLICT (view, version, reader) DO UPDATE SET read_until = excluded.read_until`,
    [view, version, reader, forMs],
    { brief: true },
  );
}

export async function listTables(session: Session): Promise<readonly ViewTable[]> {
  const rows = await session.all<Omit<ViewTable, "fields"> & { readonly fields: string }>(
    "SELECT view, version, generation, fields FROM @views ORDER BY view, version, generation",
    [],
    { brief: true },
  );
  return rows.map((row) => ({ ...row, fields: toFields(row.fields) }));
}

function toFields(text: string): readonly IndexedField[] {
  return (JSON.parse(text) as IndexedField[]).map(({ name, type }) => ({ name, type }));
}
