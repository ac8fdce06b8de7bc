import { MillraceError } from "../errors/millrace-error.ts";
import { isStorableText } from "../message/json.ts";
import { compareText } from "../message/text-order.ts";
import type { FieldValue, IndexedField, Row, RowFilter, RowQuery } from "../ports/view-table.ts";

/** Throws `query-invalid`, with what there is, for a filter or sort on anything but a declared index, or of another type. */
export function checkQuery(
  view: string,
  fields: readonly IndexedField[],
  query: Pick<RowQuery, "filters" | "sort">,
): void {
  const known = fields.map((field) => field.name).join(", ") || "none";
  for (const name of [
    ...query.filters.map((filter) => filter.field),
    ...(query.sort ? [query.sort.field] : []),
  ]) {
    if (fields.some((field) => field.name === name)) continue;
    throw new MillraceError(
      "query-invalid",
      `View ${view} cannot be filtered or sorted by ${JSON.stringify(name)}; its indexes are: ${known}.`,
      { data: { view, field: name, indexes: fields.map((field) => field.name) } },
    );
  }
  for (const filter of query.filters) {
    const type = fields.find((field) => field.name === filter.field)?.type;
    const values = filter.op === "in" ? filter.values : [filter.value];
    const wanted = type === "text" ? "string" : type;
    const fits = values.every((value) =>
      value === null ? filter.op === "eq" || filter.op === "in" : typeof value === wanted && isUsable(value),
    );
    if (fits && (filter.op !== "prefix" || type === "text")) continue;
    throw new MillraceError(
      "query-invalid",
      `The filter "${filter.op}" on ${filter.field} takes ${filter.op === "prefix" ? "text and only on text fields" : `a ${type}`}; found ${JSON.stringify(values)}.`,
      { data: { view, field: filter.field } },
    );
  }
}

function isUsable(value: Exclude<FieldValue, null>): boolean {
  return typeof value === "string"
    ? isStorableText(value)
    : typeof value === "boolean" || Number.isFinite(value);
}

/** Whether a row passes all filters: the same as in a store, for rows that are at hand. */
export function passes(row: Row, filters: readonly RowFilter[]): boolean {
  return filters.every((filter) => passesOne((row[filter.field] ?? null) as FieldValue, filter));
}

function passesOne(value: FieldValue, filter: RowFilter): boolean {
  switch (filter.op) {
    case "in":
      return filter.values.includes(value);
    case "eq":
      return value === filter.value;
    case "prefix":
      return typeof value === "string" && value.startsWith(filter.value);
    case "gt":
      return compare(value, filter.value) > 0;
    case "gte":
      return compare(value, filter.value) >= 0;
    case "lt":
      return compare(value, filter.value) < 0;
    case "lte":
      return compare(value, filter.value) <= 0;
  }
}

/** NaN, which is neither less nor more nor equal, where one of the two is null. */
function compare(a: FieldValue, b: FieldValue): number {
  if (a === null || b === null) return Number.NaN;
  return typeof a === "string" && typeof b === "string" ? compareText(a, b) : Number(a) - Number(b);
}
