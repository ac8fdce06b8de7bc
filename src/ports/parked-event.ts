/**
 * What went wrong with an event, for people. It quotes others, so any text is kept as it is, also such as the log
 * refuses: whoever writes down a failure must not fail for its wording.
 */
export interface ProcessingFailure {
  readonly position: number;
  readonly code: string;
  readonly message: string;
  readonly stack?: string;
  /** How often it was tried. */
  readonly attempts: number;
  /** Epoch milliseconds. */
  readonly at: number;
}

/** An event that waits, with the later ones of its sequence, for its next attempt or until someone decides (G6). */
export interface ParkedEvent {
  readonly sequence: string;
  readonly position: number;
  /** Why it was parked; absent for one that merely stands behind a parked one. */
  readonly failure?: ProcessingFailure;
  /**
   * For the first event of a sequence: when it is tried again, in epoch milliseconds. `requestRetry` sets 0, which is at once; absent
   * while it waits for a decision.
   */
  readonly retryAt?: number;
}

/** The parked events of one sequence, seen as one. */
export interface ParkedSequence {
  readonly sequence: string;
  readonly events: number;
  readonly first: ParkedEvent;
}

export interface DiscardedEvent {
  readonly sequence: string;
  readonly position: number;
  readonly reason: string;
  /** Epoch milliseconds. */
  readonly at: number;
}
