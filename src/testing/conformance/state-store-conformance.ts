import { type ConformanceCase, casesOf, type OpenStore } from "./conformance-case.ts";
import { filters } from "./state-store/filters.ts";
import { paging } from "./state-store/paging.ts";
import { rows } from "./state-store/rows.ts";
import { tables } from "./state-store/tables.ts";

const topics = [tables, rows, filters, paging];

/** What every state store must keep, as cases for any test runner: see `eventStoreConformance`. */
export function stateStoreConformance(open: OpenStore): readonly ConformanceCase[] {
  return topics.flatMap((promises) => casesOf(open, promises));
}
