import type { Clock } from "../ports/clock.ts";
import { passTime } from "./pass-time.ts";
import { reactWithin } from "./react-within.ts";

/** A page waits for each of its reactions this long at most: what takes longer goes on beside it. */
const patienceMs = 250;

/** What became of an attempt, unless it goes on. */
export type AttemptResult<T> = { readonly done: true; readonly value: T } | { readonly done: false };

/**
 * Attempts at events that may wait for the outside. Each goes on for as long as it is allowed, and whoever began it is kept
 * from other work for a moment only; asking again for the same event goes on with the same attempt.
 */
export class Attempts<T> {
  readonly #clock: Clock;
  readonly #timeoutMs: number;
  readonly #concurrency: number;
  #running = 0;
  /** Who waits until fewer are running. */
  readonly #waiting: (() => void)[] = [];
  /** By position of the event. */
  readonly #underWay = new Map<number, Promise<T>>();
  /** What ends each attempt. */
  readonly #ends = new Set<AbortController>();
  /** The signal that ends all of them. */
  #watched: AbortSignal | undefined;
  #settled: (sequence: string) => void = () => {};

  /** `concurrency`: how many may be made at once; further ones are begun as others end. */
  constructor(clock: Clock, timeoutMs: number, concurrency = Number.POSITIVE_INFINITY) {
    this.#clock = clock;
    this.#timeoutMs = timeoutMs;
    this.#concurrency = concurrency;
  }

  /** From now on `settled` is told of attempts that went on and are done: what they came to can be asked for. */
  watch(settled: (sequence: string) => void): void {
    this.#settled = settled;
  }

  /**
   * Makes an attempt, or goes on with the one under way. `signal` ends it, and so does the time allowed for it; what `attempt` makes of that, or
   * of any other failure, is its value: it must not reject.
   */
  async make(
    { sequence, position }: { readonly sequence: string; readonly position: number },
    signal: AbortSignal,
    attempt: (within: <R>(work: (signal: AbortSignal) => Promise<R>) => Promise<R>) => Promise<T>,
  ): Promise<AttemptResult<T>> {
    if (!this.#underWay.has(position)) await this.#turn(signal);
    const known = this.#underWay.get(position);
    const attempted = known ?? this.#begin(attempt((work) => this.#limited(work, signal)));
    if (known === undefined) this.#underWay.set(position, attempted);
    const patience = new AbortController();
    const late = passTime(this.#clock, patienceMs, patience.signal).then(() => ({ done: false }) as const);
    const result = await Promise.race([attempted.then((value) => ({ done: true, value }) as const), late]);
    patience.abort("done");
    if (result.done) this.#underWay.delete(position);
    else if (known === undefined) void attempted.then(() => this.#settled(sequence));
    return result;
  }

  /** Resolves when another attempt may be begun, or the signal has aborted. */
  async #turn(signal: AbortSignal): Promise<void> {
    while (this.#running >= this.#concurrency && !signal.aborted) {
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve);
        this.#endWith(signal);
      });
    }
  }

  #begin(attempted: Promise<T>): Promise<T> {
    this.#running++;
    void attempted.then(() => {
      this.#running--;
      this.#waiting.shift()?.();
    });
    return attempted;
  }

  /** Breaks off what is under way: its events are somebody else's now. */
  forget(): void {
    this.#underWay.clear();
    this.#endAll("forgotten");
  }

  #endAll(reason: unknown): void {
    for (const end of this.#ends) end.abort(reason);
    for (const go of this.#waiting.splice(0)) go();
  }

  /** One listener for all: there may be many attempts. */
  #endWith(signal: AbortSignal): void {
    if (this.#watched === signal) return;
    this.#watched = signal;
    signal.addEventListener("abort", () => this.#endAll(signal.reason), { once: true });
  }

  /** Whether any is under way that nobody waits for. */
  get isBusy(): boolean {
    return this.#underWay.size > 0;
  }

  /** Does some work with a signal of its own. Rejects with `service-unavailable` once the time is over, whatever the work does then. */
  async #limited<R>(work: (signal: AbortSignal) => Promise<R>, signal: AbortSignal): Promise<R> {
    const own = new AbortController();
    this.#ends.add(own);
    this.#endWith(signal);
    if (signal.aborted) own.abort(signal.reason);
    try {
      return await reactWithin(this.#clock, this.#timeoutMs, work(own.signal), (reason) => own.abort(reason));
    } finally {
      this.#ends.delete(own);
    }
  }
}
