import type { RecordedEvent } from "../message/event.ts";

/** What takes events to the reactions of a policy: in this process, or where they run as a function of their own. */
export interface Reactor {
  /** Events of one sequence that it takes at once at most. */
  readonly batchSize: number;
  /** Batches that may be under way at once. */
  readonly concurrency: number;
  /**
   * Has the policy react to events of one sequence, in order, until one fails, and issues the commands that this leads to. Without an error at
   * least one is handled, unless the signal aborts. Never rejects.
   */
  react(events: readonly RecordedEvent[], signal: AbortSignal): Promise<Reacted>;
}

/** How many of the events were handled, and what the one after them failed with. */
export interface Reacted {
  readonly handled: number;
  readonly error?: unknown;
}
