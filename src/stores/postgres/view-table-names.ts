import type { IndexedField, ViewTable } from "../../ports/view-table.ts";
import { fitted, literal, quoted } from "./sql-name.ts";

const columnTypes = { text: 'text COLLATE "C"', number: "double precision", boolean: "boolean" } as const;

/** The same in the words of `jsonb_typeof`. */
const jsonTypes = { text: "string", number: "number", boolean: "boolean" } as const;

/** Names that a column of a table cannot have, because the table or PostgreSQL has one: a field of such a name gets a prefix. */
const takenNames = /^(?:field_)*(?:key|row|position|tableoid|xmin|cmin|xmax|cmax|ctid)$/;

/** In the store's schema, quoted for SQL. */
export function quotedTable(table: ViewTable): string {
  return `@.${quoted(tableName(table))}`;
}

function tableName({ view, version, generation }: ViewTable): string {
  return fitted(`view_${view}_${version}_${generation}`);
}

export function quotedColumn(field: string): string {
  return quoted(fitted(takenNames.test(field) ? `field_${field}` : field));
}

/**
 * The statements that make a table, with a generated column and an index for each declared field; ties of a field are ordered
 * by key. A value of another type than the field's counts as null. Pages keep room, so that most updates stay on theirs.
 */
export function createTableSql(table: ViewTable): string {
  const columns = table.fields.map(
    ({ name, type }) => `,
      ${quotedColumn(name)} ${columnTypes[type]} GENERATED ALWAYS AS (
        CASE WHEN jsonb_typeof("row"->${literal(name)}) = '${jsonTypes[type]}'
        THEN ("row"->>${literal(name)})${type === "text" ? "" : `::${columnTypes[type]}`} END
      ) STORED`,
  );
  const indexes = table.fields.map(
    (field: IndexedField) => `
    CREATE INDEX ${quoted(fitted(`${tableName(table)}_by_${field.name}`))}
      ON ${quotedTable(table)} (${quotedColumn(field.name)} NULLS FIRST, key);`,
  );
  return `
    CREATE TABLE ${quotedTable(table)} (
      key text COLLATE "C" PRIMARY KEY, "row" jsonb NOT NULL, position bigint NOT NULL${columns.join("")}
    ) WITH (fillfactor = 80);
    ${indexes.join("")}`;
}
