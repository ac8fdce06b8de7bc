import { isStorableText } from "../../message/json.ts";
import type { FieldValue, IndexedField, RowFilter, ViewTable } from "../../ports/view-table.ts";
import { afterPrefix, declaredField, fits } from "../foundation/indexed-field.ts";
import type { SqlValue } from "./database.ts";
import { quotedColumn } from "./view-table-names.ts";

const operators = { eq: "=", gt: ">", gte: ">=", lt: "<", lte: "<=" } as const;
const arrayTypes = { text: "text[]", number: "double precision[]", boolean: "boolean[]" } as const;

/** What never holds: a value that its field cannot have. */
const never = "FALSE";

/** Gives a value's place among the parameters of a statement. */
export class Parameters {
  readonly values: SqlValue[] = [];

  add(value: SqlValue): string {
    return `$${this.values.push(value)}`;
  }
}

/** The condition that a filter is, with its values among the parameters. */
export function filterSql(table: ViewTable, filter: RowFilter, parameters: Parameters): string {
  const field = declaredField(table, filter.field);
  const column = quotedColumn(field.name);
  if (filter.op === "in") return inSql(field, filter.values, parameters);
  const { value } = filter;
  if (value === null) return filter.op === "eq" ? `${column} IS NULL` : never;
  if (!canHold(field, value)) return never;
  if (filter.op === "prefix") {
    const from = `${column} >= ${parameters.add(filter.value)}`;
    const end = afterPrefix(filter.value);
    return end === undefined ? from : `${from} AND ${column} < ${parameters.add(end)}`;
  }
  return `${column} ${operators[filter.op]} ${parameters.add(value)}`;
}

function inSql(field: IndexedField, values: readonly FieldValue[], parameters: Parameters): string {
  const column = quotedColumn(field.name);
  const found = values.filter((value) => value !== null && canHold(field, value));
  const among = `${column} = ANY (${parameters.add(found)}::${arrayTypes[field.type]})`;
  return values.includes(null) ? `(${among} OR ${column} IS NULL)` : among;
}

function canHold(field: IndexedField, value: FieldValue): boolean {
  return fits(field, value) && (typeof value !== "string" || isStorableText(value));
}
