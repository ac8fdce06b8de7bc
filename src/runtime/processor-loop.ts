import { pauseMsAfter } from "./failure.ts";
import { type ProcessorParts, ProcessorTurns } from "./processor-turns.ts";

/**
 * Runs one processor in this process, until stopped: takes its turns, and between them waits for the doorbell, the next attempt at what
 * failed or the renewal of its lease.
 */
export class ProcessorLoop {
  readonly #parts: ProcessorParts;
  readonly #turns: ProcessorTurns;
  readonly #stopping = new AbortController();
  #running: Promise<unknown> | undefined;
  #wake: (() => void) | undefined;
  #pauses = 0;

  constructor(parts: ProcessorParts) {
    this.#parts = parts;
    this.#turns = new ProcessorTurns(parts, () => this.#wake?.());
  }

  get worker(): ProcessorParts["worker"] {
    return this.#parts.worker;
  }

  /** Resolves once it has its share of the work, or has failed to take it and will try again. */
  get begun(): Promise<void> {
    return this.#turns.begun;
  }

  start(): void {
    this.#running ??= Promise.all([this.#run(), this.#turns.keepLease()]);
  }

  /** Looks at its state at once: after a pause, a resume or a request to retry in this process. */
  nudge(): void {
    this.#turns.hurry();
    this.#wake?.();
  }

  /** Ends after the page at hand and gives the ranges back. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#turns.stop();
    this.#wake?.();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { telemetry, clock, worker } = this.#parts;
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      try {
        const { isBusy, after } = await this.#turns.take();
        this.#pauses = 0;
        if (!isBusy) await this.#wait(after);
      } catch (error) {
        if (signal.aborted) break;
        telemetry.log("error", "A processor met a fault and goes on after a pause.", {
          processor: worker.name,
          error: error instanceof Error ? (error.stack ?? error.message) : String(error),
        });
        this.#turns.doubt();
        await clock.sleep(pauseMsAfter(++this.#pauses), signal);
      }
    }
    await this.#turns.leave();
  }

  /** Until there are events after a position, a turn is due without any, or a nudge. */
  async #wait(after: number | undefined): Promise<void> {
    const { events, clock } = this.#parts;
    const waiting = new AbortController();
    // With a reason of our own: the default one is an exception with a stack, made anew at each wait.
    const wake = () => waiting.abort("woken");
    this.#wake = wake;
    const timer = clock.sleep(Math.max(0, this.#turns.nextInMs), waiting.signal).then(wake);
    try {
      if (this.#stopping.signal.aborted) return;
      if (after === undefined) await timer;
      else await events.waitForEvents(after, waiting.signal);
    } finally {
      wake();
      this.#wake = undefined;
    }
  }
}
