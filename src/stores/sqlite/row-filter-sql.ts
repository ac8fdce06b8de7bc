import { MillraceError } from "../../errors/millrace-error.ts";
import type { FieldValue, IndexedField, RowFilter, ViewTable } from "../../ports/view-table.ts";
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

/** The declared field of this name. Throws `query-invalid` for any other, which has no column. */
export function declaredField(table: ViewTable, name: string): IndexedField {
  const field = table.fields.find((candidate) => candidate.name === name);
  if (field !== undefined) return field;
  throw new MillraceError(
    "query-invalid",
    `View ${table.view} has no index ${JSON.stringify(name)}; expected one of ${table.fields.map((it) => it.name).join(", ") || "none"}.`,
    { data: { view: table.view, field: name } },
  );
}

function fits({ type }: IndexedField, value: FieldValue): boolean {
  return typeof value === (type === "text" ? "string" : type);
}

/** The least text greater than every text with this prefix; undefined where there is none. */
function afterPrefix(prefix: string): string | undefined {
  const points = Array.from(prefix, (char) => char.codePointAt(0) ?? 0);
  for (let last = points.pop(); last !== undefined; last = points.pop()) {
    if (last >= 0x10ffff) continue;
    // Surrogates are no characters: the one after U+D7FF is U+E000.
    const next = last === 0xd7ff ? 0xe000 : last + 1;
    return String.fromCodePoint(...points, next);
  }
  return undefined;
}

/** How a scalar is stored in a column; null and absent are NULL. */
export function toColumn(value: FieldValue | undefined): SqlValue {
  if (value === undefined || value === null) return null;
  return typeof value === "boolean" ? Number(value) : value;
}
