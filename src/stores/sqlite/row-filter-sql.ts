import type { FieldValue, IndexedField, RowFilter, ViewTable } from "../../ports/view-table.ts";
import { afterPrefix, declaredField, fits } from "../foundation/indexed-field.ts";
import type { SqlValue } from "./connection.ts";
import { quotedColumn } from "./view-table-names.ts";

/** A condition and the values of its parameters. */
export interface SqlCondition {
  readonly text: string;
  readonly values: readonly SqlValue[];
}

const operators = { eq: "=", gt: ">", gte: ">=", lt: "<", lte: "<=" } as const;

/** What never holds: a value that its field cannot have, which SQLite would convert until it fits. */
const never: SqlCondition = { text: "FALSE", values: [] };

export function filterSql(table: ViewTable, filter: RowFilter): SqlCondition {
  const field = declaredField(table, filter.field);
  const column = quotedColumn(field.name);
  if (filter.op === "in") return inSql(field, filter.values);
  const { value } = filter;
  if (value === null) return filter.op === "eq" ? { text: `${column} IS NULL`, values: [] } : never;
  if (!fits(field, value)) return never;
  if (filter.op === "prefix") {
    const end = afterPrefix(filter.value);
    return end === undefined
      ? { text: `${column} >= ?`, values: [filter.value] }
      : { text: `${column} >= ? AND ${column} < ?`, values: [filter.value, end] };
  }
  return { text: `${column} ${operators[filter.op]} ?`, values: [toColumn(value)] };
}

/** The values travel as one parameter, so that the statement is the same for any number of them. */
function inSql(field: IndexedField, values: readonly FieldValue[]): SqlCondition {
  const column = quotedColumn(field.name);
  const found = values.filter((value) => value !== null && fits(field, value)).map(toColumn);
  return {
    text: `(${column} IN (SELECT value FROM json_each(?))${values.includes(null) ? ` OR ${column} IS NULL` : ""})`,
    values: [JSON.stringify(found)],
  };
}

/** How a scalar is stored in a column; null and absent are NULL. */
export function toColumn(value: FieldValue | undefined): SqlValue {
  if (value === undefined || value === null) return null;
  return typeof value === "boolean" ? Number(value) : value;
}
