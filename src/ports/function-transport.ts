import type { PushedEvent, PushResult } from "../message/pushed-event.ts";

/** Takes events to one function, which reacts to them. It may be called twice for one call, late or not at all: results count once. */
export interface FunctionTransport {
  /**
   * Pushes a batch of one sequence. Resolves with what became of the first events of it, in order, one at least. Rejects with
   * `service-unavailable` while the function cannot be reached, is busy or does not answer in time; with `service-refused` for what a
   * repeat would not change.
   */
  push(batch: readonly PushedEvent[], signal: AbortSignal | undefined): Promise<readonly PushResult[]>;
}

/** How a processor that runs as a function is reached. */
export interface ConnectedFunction {
  readonly transport: FunctionTransport;
  /**
   * `events`: the function is given all that it needs, and what it decides is persisted here. `doorbell`: it reaches the stores itself, is
   * told that there are events, and drains.
   */
  readonly takes: "events" | "doorbell";
  /** Calls that may be under way at once. */
  readonly concurrency: number;
  /** Events of one sequence in one call at most. */
  readonly batchSize: number;
}

/** By the name of the policy or process; of whatever processor for a doorbell. */
export type ConnectedFunctions = Readonly<Record<string, ConnectedFunction>>;
