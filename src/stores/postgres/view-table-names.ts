import type { ViewTable } from "../../ports/view-table.ts";
import { fitted, quoted } from "./sql-name.ts";

/** Names that a column of a table cannot have, because the table or PostgreSQL has one: a field of such a name gets a prefix. */
const takenNames = /^(?:field_)*(?:key|row|position|tableoid|xmin|cmin|xmax|cmax|ctid)$/;

/** In the store's schema, quoted for SQL. */
export function quotedTable(table: ViewTable): string {
  return `@.${quoted(tableName(table))}`;
}

export function tableName({ view, version, generation }: ViewTable): string {
  return fitted(`view_${view}_${version}_${generation}`);
}

export function indexName(table: ViewTable, field: string): string {
  return fitted(`${tableName(table)}_by_${field}`);
}

export function quotedColumn(field: string): string {
  return quoted(columnName(field));
}

export function columnName(field: string): string {
  return fitted(takenNames.test(field) ? `field_${field}` : field);
}
