import type { RecordedEvent } from "../message/event.ts";
import { sliceOf } from "../message/slice.ts";
import type { ParkedEvent } from "../ports/parked-event.ts";
import type { RangeKey, SliceRange } from "../ports/processor-state.ts";

/** A range that this process holds: its key for commits, and how far it is. */
export interface HeldRange extends SliceRange {
  readonly owner: string;
}

/**
 * What a processor does with events; the loop around it does leases, waiting and retries of parked events.
 * Every method commits its own progress, fenced, and answers `fenced` when somebody else has taken over.
 */
export interface EventWorker {
  /** The processor's name in the state store. */
  readonly processor: string;
  /** The public name, for metrics and people. */
  readonly name: string;
  readonly kind: "view" | "policy" | "projection" | "subscription" | "doorbell";
  /** Whether ranges of slices may be spread over workers. */
  readonly spread: boolean;
  /** Handles the next page of a range. */
  step(range: HeldRange, parked: ReadonlySet<string>, signal: AbortSignal): Promise<StepResult>;
  /** How many parked events of a sequence it tries at once; default 1. */
  readonly retriesAtOnce?: number;
  /**
   * Tries parked events of one sequence again, once and in order: `handled` unparks one at least. `failed` leaves the first that failed
   * parked, with the new failure.
   */
  retry(
    range: HeldRange,
    parked: ParkedEvents,
    signal: AbortSignal,
  ): Promise<"handled" | "failed" | "fenced">;
  /** Forgets what it remembers of a range's rows: called whenever ranges change hands. */
  forget(): void;
  /** Whether something goes on between pages. Its ranges should stay where they are until it is done. */
  readonly isBusy?: boolean;
  /** Has `settled` told of each sequence whose first event was left to go on and is done: its `retry` can say so at once. */
  watch?(settled: (sequence: string) => void): void;
}

/** Parked events of one sequence, from its first one on, with what was recorded. */
export type ParkedEvents = readonly [ParkedRecord, ...ParkedRecord[]];

export interface ParkedRecord {
  readonly parked: ParkedEvent;
  readonly event: RecordedEvent;
}

/** The longest that a parked event waits for an attempt that nobody asked for. */
export const maxRetryDelayMs = 10_000;

export type StepResult =
  | { readonly status: "fenced" }
  /** How far the range is now, whether the page reached the head, and the sequences that were newly parked. */
  | {
      readonly status: "progressed";
      readonly range: HeldRange;
      readonly caughtUp: boolean;
      readonly parked: readonly string[];
      /**
       * There was nothing to do, so nothing was committed: the loop is to write the checkpoint down within so many milliseconds, since
       * readers may wait for it; absent where that has time until the lease is renewed.
       */
      readonly writeWithinMs?: number;
    }
  /** The range stands at an event: try again later. */
  | { readonly status: "stopped"; readonly range: HeldRange };

export function rangeKeyOf({ from, to, epoch, owner }: HeldRange): RangeKey {
  return { from, to, epoch, owner };
}

/** Whether a sequence belongs to a range. */
export function inRange(range: Pick<SliceRange, "from" | "to">, sequence: string): boolean {
  const slice = sliceOf(sequence);
  return slice >= range.from && slice < range.to;
}
