import { compareText } from "../../message/text-order.ts";
import type { FieldValue, RowFilter, RowPage, RowQuery, StoredRow } from "../../ports/view-table.ts";

/** The rows that a query asks for, in its order. */
export function pageOf(rows: readonly StoredRow[], query: RowQuery): Omit<RowPage, "checkpoint"> {
  const { filters, sort, limit, after } = query;
  const fieldOf = ({ row }: StoredRow, field: string) => (row[field] ?? null) as FieldValue;
  const inOrder = (a: { value: FieldValue; key: string }, b: { value: FieldValue; key: string }) =>
    (sort?.direction === "desc" ? -1 : 1) * compareValues(a.value, b.value) || compareText(a.key, b.key);
  const found = rows
    .filter((row) => filters.every((filter) => passes(fieldOf(row, filter.field), filter)))
    .map((row) => ({ row, key: row.key, value: sort === undefined ? null : fieldOf(row, sort.field) }))
    .sort(inOrder)
    .filter((entry) => after === undefined || inOrder(entry, after) > 0);
  return { rows: found.slice(0, limit).map(({ row }) => row), more: found.length > limit };
}

function passes(value: FieldValue, filter: RowFilter): boolean {
  switch (filter.op) {
    case "eq":
      return value === filter.value;
    case "in":
      return filter.values.includes(value);
    case "prefix":
      return typeof value === "string" && value.startsWith(filter.value);
    default: {
      if (value === null || filter.value === null) return false;
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
