import { MillraceError } from "../../errors/millrace-error.ts";
import { isStorableText } from "../../message/json.ts";
import { compareText } from "../../message/text-order.ts";
import type {
  FieldValue,
  IndexedField,
  RowFilter,
  RowPage,
  RowQuery,
  StoredRow,
  ViewTable,
} from "../../ports/view-table.ts";

/** The rows that a query asks for, in its order. */
export function pageOf(
  table: ViewTable,
  rows: readonly StoredRow[],
  query: RowQuery,
): Omit<RowPage, "checkpoint"> {
  const { filters, sort, limit, after } = query;
  const typed = filters.map((filter) => ({ filter, type: declaredField(table, filter.field).type }));
  if (sort !== undefined) declaredField(table, sort.field);
  const fieldOf = ({ row }: StoredRow, field: string) => (row[field] ?? null) as FieldValue;
  const inOrder = (a: { value: FieldValue; key: string }, b: { value: FieldValue; key: string }) =>
    (sort?.direction === "desc" ? -1 : 1) * compareValues(a.value, b.value) || compareText(a.key, b.key);
  const found = rows
    .filter((row) => typed.every(({ filter, type }) => passes(fieldOf(row, filter.field), filter, type)))
    .map((row) => ({ row, key: row.key, value: sort === undefined ? null : fieldOf(row, sort.field) }))
    .sort(inOrder)
    .filter((entry) => after === undefined || inOrder(entry, after) > 0);
  return { rows: found.slice(0, limit).map(({ row }) => row), more: found.length > limit };
}

/** The declared field of this name. Throws `query-invalid` for any other. */
function declaredField(table: ViewTable, name: string): IndexedField {
  const field = table.fields.find((candidate) => candidate.name === name);
  if (field !== undefined) return field;
  throw new MillraceError(
    "query-invalid",
    `View ${table.view} has no index ${JSON.stringify(name)}; expected one of ${table.fields.map((it) => it.name).join(", ") || "none"}.`,
    { data: { view: table.view, field: name } },
  );
}

/** Whether a field of this type can have the value at all. */
function fits(type: IndexedField["type"], value: FieldValue): boolean {
  return typeof value === "string" ? type === "text" && isStorableText(value) : typeof value === type;
}

function passes(value: FieldValue, filter: RowFilter, type: IndexedField["type"]): boolean {
  switch (filter.op) {
    case "eq":
      return value === filter.value;
    case "in":
      return filter.values.includes(value);
    case "prefix":
      return typeof value === "string" && value.startsWith(filter.value);
    default: {
      if (value === null || filter.value === null || !fits(type, filter.value)) return false;
      const order = compareValues(value, filter.value);
      return { gt: order > 0, gte: order >= 0, lt: order < 0, lte: order <= 0 }[filter.op];
    }
  }
}

/** Null first, false before true, numbers by value, text by code point. */
function compareValues(a: FieldValue, b: FieldValue): number {
  if (a === null || b === null) return Number(a !== null) - Number(b !== null);
  return typeof a === "string" && typeof b === "string" ? compareText(a, b) : Number(a) - Number(b);
}
