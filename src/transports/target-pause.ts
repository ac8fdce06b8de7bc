import { isMillraceError, MillraceError } from "../errors/millrace-error.ts";
import type { Clock } from "../ports/clock.ts";

/** While a target is not available, it is left in peace for so long, doubled each time up to the last. */
const firstPauseMs = 100;
const lastPauseMs = 10_000;

/** Marks what a target that is there has against one request for now: others may go on. */
export const passing = "passing";

/** Turns requests to one target away while it is not available, until it is time to try again: nobody waits for what is dead. */
export class TargetPause {
  readonly #clock: Clock;
  #failures = 0;
  #until = 0;
  #last = "";

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Does a request, unless the target was not available a moment ago: then rejects with `service-unavailable`, naming `what` and what was
   * wrong.
   */
  async around<T>(what: string, request: () => Promise<T>): Promise<T> {
    if (this.#clock.elapsed() < this.#until) {
      throw new MillraceError(
        "service-unavailable",
        `${what} was not available a moment ago and is tried again soon: ${this.#last}`,
      );
    }
    try {
      const result = await request();
      this.#failures = 0;
      return result;
    } catch (error) {
      if (isMillraceError(error, "service-unavailable") && !(passing in error.data)) this.#pause(error);
      throw error;
    }
  }

  #pause({ data, message }: MillraceError): void {
    this.#last = message;
    this.#failures += 1;
    const { retryAfterMs = 0 } = data as { readonly retryAfterMs?: number };
    const pauseMs = Math.min(lastPauseMs, firstPauseMs * 2 ** Math.min(this.#failures - 1, 20));
    this.#until = this.#clock.elapsed() + Math.max(retryAfterMs, pauseMs * (0.5 + Math.random() / 2));
  }
}
