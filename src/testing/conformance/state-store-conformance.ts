import {
  type ConformanceCase,
  type ConformanceOptions,
  casesOf,
  type OpenStore,
  usualSeeds,
} from "./conformance-case.ts";
import { filters } from "./state-store/filters.ts";
import { paging } from "./state-store/paging.ts";
import { parked } from "./state-store/parked.ts";
import { processors } from "./state-store/processors.ts";
import { progress } from "./state-store/progress.ts";
import { randomQueries } from "./state-store/random-queries.ts";
import { rows } from "./state-store/rows.ts";
import { snapshots } from "./state-store/snapshots.ts";
import { tables } from "./state-store/tables.ts";
import { waitingAndClosing } from "./state-store/waiting-and-closing.ts";

const topics = [tables, rows, filters, paging, processors, progress, parked, snapshots, waitingAndClosing];

/** What every state store must keep, as cases for any test runner: see `eventStoreConformance`. */
export function stateStoreConformance(
  open: OpenStore,
  { seeds = usualSeeds }: ConformanceOptions = {},
): readonly ConformanceCase[] {
  return [...topics, randomQueries(seeds)].flatMap((promises) => casesOf(open, promises));
}
