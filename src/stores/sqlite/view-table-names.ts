import type { IndexedField, ViewTable } from "../../ports/view-table.ts";

/** Columns that every table of a view has; fields of rows are stored in columns with a prefix, so that none can clash. */
const fieldPrefix = "f_";

const columnTypes = { text: "TEXT", number: "REAL", boolean: "INTEGER" } as const;

/** Quoted for SQL. The view's name was checked when it was declared; quoting keeps it harmless in any case. */
export function quotedTable({ view, version, generation }: ViewTable): string {
  return quote(`view_${view}_${version}_${generation}`);
}

export function quotedColumn(field: string): string {
  return quote(`${fieldPrefix}${caseMarked(field)}`);
}

/** SQLite takes `userId` and `userid` for one name, so capitals are marked: `user^Id`. */
function caseMarked(field: string): string {
  return field.replace(/[A-Z]/g, "^$&");
}

/** The statements that make a table and an index for each declared field; ties of a field are ordered by key. */
export function createTableSql(table: ViewTable): string {
  const name = quotedTable(table);
  const columns = table.fields.map((field) => `, ${quotedColumn(field.name)} ${columnTypes[field.type]}`);
  const indexes = table.fields.map((field: IndexedField) => {
    const index = quote(
      `view_${table.view}_${table.version}_${table.generation}_by_${caseMarked(field.name)}`,
    );
    return `CREATE INDEX IF NOT EXISTS ${index} ON ${name} (${quotedColumn(field.name)}, key);`;
  });
  return `
    CREATE TABLE IF NOT EXISTS ${name} (
      key TEXT NOT NULL PRIMARY KEY, row TEXT NOT NULL, position INTEGER NOT NULL${columns.join("")}
    ) STRICT;
    ${indexes.join("\n")}`;
}

/** Inserts or replaces one row: key, row, position, then the fields in their order. */
export function upsertSql(table: ViewTable): string {
  const columns = table.fields.map((field) => quotedColumn(field.name));
  const all = ["key", "row", "position", ...columns];
  const updates = all.slice(1).map((column) => `${column} = excluded.${column}`);
  return `
    INSERT INTO ${quotedTable(table)} (${all.join(", ")}) VALUES (${all.map(() => "?").join(", ")})
    ON CONFLICT (key) DO UPDATE SET ${updates.join(", ")}`;
}

function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
