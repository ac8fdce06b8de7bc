import {
  type ConformanceCase,
  type ConformanceOptions,
  casesOf,
  type OpenStore,
  usualSeeds,
} from "./conformance-case.ts";
import { atomicCommits } from "./event-store/atomic-commits.ts";
import { batches } from "./event-store/batches.ts";
import { closing } from "./event-store/closing.ts";
import { commandIds } from "./event-store/command-ids.ts";
import { commitOrder } from "./event-store/commit-order.ts";
import { conditions } from "./event-store/conditions.ts";
import { importing } from "./event-store/importing.ts";
import { logPoints } from "./event-store/log-points.ts";
import { malformedCommits } from "./event-store/malformed-commits.ts";
import { payloads } from "./event-store/payloads.ts";
import { randomUse } from "./event-store/random-use.ts";
import { readingByTag } from "./event-store/reading-by-tag.ts";
import { readingStreams } from "./event-store/reading-streams.ts";
import { readingTheLog } from "./event-store/reading-the-log.ts";
import { text } from "./event-store/text.ts";
import { versions } from "./event-store/versions.ts";
import { waiting } from "./event-store/waiting.ts";

const topics = [
  versions,
  atomicCommits,
  conditions,
  commandIds,
  batches,
  commitOrder,
  readingStreams,
  readingTheLog,
  readingByTag,
  logPoints,
  waiting,
  text,
  payloads,
  malformedCommits,
  importing,
  closing,
];

/**
 * What every event store must keep, as cases for any test runner:
 * `for (const { name, run } of eventStoreConformance(open)) test(name, run)`. Each case opens a store of its own.
 */
export function eventStoreConformance(
  open: OpenStore,
  { seeds = usualSeeds }: ConformanceOptions = {},
): readonly ConformanceCase[] {
  return [...topics, randomUse(seeds)].flatMap((promises) => casesOf(open, promises));
}
