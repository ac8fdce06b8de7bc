import type { LogPoint } from "../message/log-point.ts";
import type { ProcessingFailure } from "./parked-event.ts";

/** How the work of one processor is divided and how far it is. */
export interface ProcessorState {
  /** Ranges of slices, ascending, without gaps or overlaps from 0 to 1,024; empty before the first start. */
  readonly ranges: readonly SliceRange[];
  /** The workers that offer to run it. */
  readonly workers: readonly Worker[];
  /** While true nobody works on it. */
  readonly paused: boolean;
  /** The head of the log when it first started: what a view must reach once before it is built. */
  readonly buildTarget: number;
}

/** A range of slices that one worker at a time works on, with a checkpoint of its own. */
export interface SliceRange {
  /** First slice. */
  readonly from: number;
  /** First slice after it. */
  readonly to: number;
  readonly checkpoint: LogPoint;
  /** The worker that holds the lease; absent when nobody does. */
  readonly owner?: string;
  /** Counts the changes of owner or bounds; a commit with another epoch is fenced off (G5). */
  readonly epoch: number;
  /** Epoch milliseconds, by the store's clock, after which another worker may take the range. */
  readonly leaseUntil: number;
  /** Why it stands still, if it does. */
  readonly failure?: ProcessingFailure;
}

/** What a commit must match: see `SliceRange`. */
export type RangeKey = Pick<SliceRange, "from" | "to" | "epoch"> & { readonly owner: string };

export interface Worker {
  /** Unique per process and start. */
  readonly id: string;
  /** Epoch milliseconds, by the store's clock, after which it counts as gone. */
  readonly aliveUntil: number;
}

/** What a processor that was never updated looks like. */
export const unstartedProcessor: ProcessorState = { ranges: [], workers: [], paused: false, buildTarget: 0 };
