import type { FieldValue, RowFilter, RowQuery, ViewTable } from "../../ports/view-table.ts";
import type { SqlValue } from "./connection.ts";
import { quotedColumn, quotedTable } from "./view-table-names.ts";

/** A query for one row more than asked for, which tells whether there are more. */
export function rowQuerySql(
  table: ViewTable,
  query: RowQuery,
): { readonly text: string; readonly values: readonly SqlValue[] } {
  const conditions: string[] = [];
  const values: SqlValue[] = [];
  const add = (condition: string, ...bound: readonly SqlValue[]) => {
    conditions.push(condition);
    values.push(...bound);
  };
  for (const filter of query.filters) addFilter(filter, add);
  const { sort, after } = query;
  const column = sort === undefined ? undefined : quotedColumn(sort.field);
  if (after !== undefined) {
    if (column === undefined) add("key > ?", after.key);
    else addKeyset(column, sort?.direction ?? "asc", after, add);
  }
  const where = conditions.length === 0 ? "" : `WHERE ${conditions.join(" AND ")}`;
  // SQLite orders NULL before everything else, as the port wants it, and text by its UTF-8 bytes, which is by code point.
  const order =
    column === undefined ? "key" : `${column} ${sort?.direction === "desc" ? "DESC" : "ASC"}, key`;
  return {
    text: `SELECT key, row, position FROM ${quotedTable(table)} ${where} ORDER BY ${order} LIMIT ?`,
    values: [...values, query.limit + 1],
  };
}

type Add = (condition: string, ...bound: readonly SqlValue[]) => void;

const operators = { eq: "=", gt: ">", gte: ">=", lt: "<", lte: "<=" } as const;

function addFilter(filter: RowFilter, add: Add): void {
  const column = quotedColumn(filter.field);
  if (filter.op === "prefix") {
    const end = afterPrefix(filter.value);
    add(`${column} >= ?`, filter.value);
    if (end !== undefined) add(`${column} < ?`, end);
  } else if (filter.op === "in") {
    const values = filter.values.filter((value) => value !== null).map(toColumn);
    const orNull = filter.values.includes(null) ? ` OR ${column} IS NULL` : "";
    add(`(${column} IN (${values.map(() => "?").join(", ")})${orNull})`, ...values);
  } else if (filter.op === "eq" && filter.value === null) {
    add(`${column} IS NULL`);
  } else {
    add(`${column} ${operators[filter.op]} ?`, toColumn(filter.value));
  }
}

/** What comes after a row: greater values (or lesser, descending), or the same value and a greater key. */
function addKeyset(
  column: string,
  direction: "asc" | "desc",
  after: NonNullable<RowQuery["after"]>,
  add: Add,
): void {
  const { value, key } = after;
  if (direction === "asc") {
    if (value === null) add(`(${column} IS NOT NULL OR key > ?)`, key);
    else add(`(${column}, key) > (?, ?)`, toColumn(value), key);
  } else if (value === null) {
    add(`${column} IS NULL AND key > ?`, key);
  } else {
    add(
      `(${column} < ? OR ${column} IS NULL OR (${column} = ? AND key > ?))`,
      toColumn(value),
      toColumn(value),
      key,
    );
  }
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
