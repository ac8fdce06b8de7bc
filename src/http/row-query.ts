import type { ViewDefinition } from "../domain/view.ts";
import { MillraceError } from "../errors/millrace-error.ts";
import type { FieldValue, IndexedField, RowFilter } from "../ports/view-table.ts";
import type { RowsRequest } from "../runtime/runtime.ts";
import { wholeNumber } from "./exchange.ts";

const comparisons = ["eq", "gt", "gte", "lt", "lte"] as const;

/** More would be a join by hand, and stores bound the number of parameters. */
const longestList = 100;

const defaultLimit = 50;
const largestLimit = 1000;

/** What pages a list; an index of the same name is filtered by as `sort.eq=`. */
const paging = ["sort", "limit", "cursor"];

/** The names of all filters that the indexes of a view allow. */
export function filterNames(indexes: readonly IndexedField[]): readonly string[] {
  return indexes.flatMap(({ name, type }) => [
    ...(paging.includes(name) ? [] : [name]),
    ...[...comparisons, "in", ...(type === "text" ? ["prefix"] : [])].map((op) => `${name}.${op}`),
  ]);
}

/** The names of all parameters of a list. */
export function rowParameters(indexes: readonly IndexedField[]): readonly string[] {
  return [...filterNames(indexes), ...paging];
}

/** Reads filters, sort and page from a query whose names were checked. Throws `query-invalid`. */
export function rowQuery(
  { name, indexes }: ViewDefinition,
  query: ReadonlyMap<string, string>,
): Pick<RowsRequest, "filters" | "sort" | "limit" | "cursor"> {
  const sort = query.get("sort");
  const cursor = query.get("cursor");
  const bounds = { otherwise: defaultLimit, min: 1, max: largestLimit };
  return {
    filters: rowFilters(indexes, query),
    limit: wholeNumber(query.get("limit"), "limit", bounds, "query-invalid"),
    ...(sort === undefined ? {} : { sort: sortOf(name, indexes, sort) }),
    ...(cursor === undefined ? {} : { cursor }),
  };
}

/** Reads the filters alone. Throws `query-invalid`. */
export function rowFilters(
  indexes: readonly IndexedField[],
  query: ReadonlyMap<string, string>,
): readonly RowFilter[] {
  const filters: RowFilter[] = [];
  for (const [parameter, text] of query) {
    if (paging.includes(parameter)) continue;
    const [name, op = "eq"] = parameter.split(".");
    const field = indexes.find((index) => index.name === name);
    if (field === undefined) continue;
    filters.push(filterOf(field, op, text));
  }
  return filters;
}

function filterOf(field: IndexedField, op: string, text: string): RowFilter {
  if (op === "prefix") return { field: field.name, op, value: text };
  if (op === "in") {
    const parts = text.split(",");
    if (parts.length > longestList) {
      throw new MillraceError(
        "query-invalid",
        `The filter ${field.name}.in takes at most ${longestList} values; found ${parts.length}.`,
      );
    }
    return { field: field.name, op, values: parts.map((part) => fieldValueOf(field, part)) };
  }
  const comparison = comparisons.find((known) => known === op) ?? "eq";
  return { field: field.name, op: comparison, value: fieldValueOf(field, text) };
}

/** The text of a query as a value of the index's type. */
function fieldValueOf({ name, type }: IndexedField, text: string): FieldValue {
  if (type === "text") return text;
  if (text === "null") return null;
  if (type === "boolean" && (text === "true" || text === "false")) return text === "true";
  if (type === "number" && /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(text)) {
    const value = Number(text);
    if (Number.isFinite(value)) return value;
  }
  throw new MillraceError(
    "query-invalid",
    `The field ${name} is compared with ${type === "number" ? "numbers" : "true or false"}; found ${JSON.stringify(text.slice(0, 100))}.`,
    { data: { field: name, type } },
  );
}

function sortOf(
  view: string,
  indexes: readonly IndexedField[],
  text: string,
): NonNullable<RowsRequest["sort"]> {
  const direction = text.startsWith("-") ? "desc" : "asc";
  const field = direction === "desc" ? text.slice(1) : text;
  if (indexes.some((index) => index.name === field)) return { field, direction };
  const known = indexes.map((index) => index.name);
  throw new MillraceError(
    "query-invalid",
    `View ${view} is sorted by one of ${known.join(", ") || "no field"}, with "-" in front for the other way round; found ${JSON.stringify(text.slice(0, 100))}.`,
    { data: { view, indexes: known } },
  );
}
