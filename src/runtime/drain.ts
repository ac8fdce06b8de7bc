export interface DrainRequest {
  /** How long, in milliseconds. Pages that are under way then are broken off and delivered again. */
  readonly maxMs: number;
  /**
   * The public names of processors; default all of them, and the deadlines of processes. The name of a process stands for all that it
   * is made of.
   */
  readonly processors?: readonly string[];
}

export interface DrainReport {
  /** Whether everything was handled that there was, by this drain or others, but for what waits to be tried again, or is paused. */
  readonly caughtUp: boolean;
  /** When there will be something to do without a new event, in epoch milliseconds: a deadline, or another attempt. */
  readonly nextAt?: number;
}
