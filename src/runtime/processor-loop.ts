import { logBeginning } from "../message/log-point.ts";
import type { Clock } from "../ports/clock.ts";
import type { EventStore } from "../ports/event-store.ts";
import type { StateStore } from "../ports/state-store.ts";
import type { Telemetry } from "../ports/telemetry.ts";
import type { EventWorker, HeldRange, StepResult } from "./event-worker.ts";
import { pauseMsAfter } from "./failure.ts";
import { forEachConcurrently } from "./for-each-concurrently.ts";
import { ParkedSequences } from "./parked-sequences.ts";
import { requireOfLog } from "./require-of-log.ts";
import { changesHands, keepRanges, leaveRanges, passOver, shareRanges } from "./share-ranges.ts";

/** Parked sequences that are tried at once: reactions may wait for the outside. */
const retriedSequences = 32;

/** So many sequences may wait for their next attempt before no further events are taken: the outside is down. */
const maxRetrying = 1000;

export interface LoopSettings {
  /** Unique per process and start. */
  readonly workerId: string;
  /** How long a range stays with a worker that is silent; renewed three times as often. */
  readonly leaseMs: number;
  /** Where a processor that never ran begins. */
  readonly startAt: "head" | "beginning";
  readonly isGone: (worker: string) => boolean;
}

/**
 * Runs one processor in this process, until stopped. In turns it renews its lease and share of the work, handles parked
 * events that somebody asked to retry, takes a page of each range that it holds, and waits for the doorbell when all are at the head.
 */
export class ProcessorLoop {
  readonly worker: EventWorker;
  readonly #events: EventStore;
  readonly #states: StateStore;
  readonly #clock: Clock;
  readonly #telemetry: Telemetry;
  readonly #settings: LoopSettings;
  readonly #stopping = new AbortController();
  /** Ends the page at hand: when stopping, or when its range was taken over. */
  #page = new AbortController();
  #isAtPage = false;
  #running: Promise<unknown> | undefined;
  #wake: (() => void) | undefined;
  #ranges: readonly HeldRange[] = [];
  readonly #parked: ParkedSequences;
  #paused = false;
  /** Whether it ends what it has begun before others get their share of the work. */
  #isEnding = false;
  #renewAt = 0;
  #pauses = 0;
  /** By first slice of a range that stands at an event: when to try again. */
  readonly #retryAt = new Map<number, number>();

  constructor(parts: {
    worker: EventWorker;
    events: EventStore;
    states: StateStore;
    clock: Clock;
    telemetry: Telemetry;
    settings: LoopSettings;
  }) {
    this.worker = parts.worker;
    this.#events = parts.events;
    this.#states = parts.states;
    this.#clock = parts.clock;
    this.#telemetry = parts.telemetry;
    this.#settings = parts.settings;
    this.#parked = new ParkedSequences(parts);
    this.worker.watch?.((sequence) => {
      this.#parked.hurry(sequence);
      this.#wake?.();
    });
  }

  start(): void {
    this.#running ??= Promise.all([this.#run(), this.#keepLease()]);
  }

  /** Looks at its state at once: after a pause, a resume or a request to retry in this process. */
  nudge(): void {
    this.#renewAt = 0;
    this.#wake?.();
  }

  /** Ends after the page at hand and gives the ranges back. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#page.abort();
    this.#wake?.();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      try {
        await this.#turn();
        this.#pauses = 0;
      } catch (error) {
        if (signal.aborted) break;
        this.#telemetry.log("error", "A processor met a fault and goes on after a pause.", {
          processor: this.worker.name,
          error: error instanceof Error ? (error.stack ?? error.message) : String(error),
        });
        this.#renewAt = 0;
        await this.#clock.sleep(pauseMsAfter(++this.#pauses), signal);
      }
    }
    try {
      await this.#states.updateProcessor(this.worker.processor, (state) =>
        leaveRanges(state, this.#settings.workerId),
      );
    } catch {
      // The leases run out by themselves.
    }
  }

  async #turn(): Promise<void> {
    // Where the log was when the lease was renewed: who is there already has nothing to read.
    const head = this.#clock.elapsed() >= this.#renewAt ? await this.#renew() : undefined;
    if (this.#paused || this.#ranges.length === 0) return this.#wait(undefined);
    await this.#retryParked();
    if (this.#isEnding && this.worker.isBusy !== true) this.#renewAt = 0;
    if (this.#isEnding || this.#parked.retrying >= maxRetrying) return this.#wait(undefined);
    let waitAfter: number | undefined;
    let busy = false;
    for (const range of this.#ranges) {
      if (this.#stopping.signal.aborted) return;
      if (range.failure !== undefined && this.#clock.elapsed() < (this.#retryAt.get(range.from) ?? 0))
        continue;
      if (this.#isAtHead(range, head)) {
        waitAfter = Math.min(waitAfter ?? Number.POSITIVE_INFINITY, range.checkpoint.position);
        continue;
      }
      const result = await this.#step(range);
      if (result.status === "fenced") return this.#fenced();
      this.#replace(range, result.range);
      if (result.status === "stopped") {
        this.#stoppedAt(result.range);
        continue;
      }
      if (result.parked.some((sequence) => !this.#parked.names.has(sequence))) await this.#parked.learn();
      this.#retryAt.delete(range.from);
      if (!result.caughtUp) busy = true;
      waitAfter = Math.min(waitAfter ?? Number.POSITIVE_INFINITY, result.range.checkpoint.position);
    }
    if (!busy) await this.#wait(waitAfter);
  }

  async #step(range: HeldRange): Promise<StepResult> {
    this.#isAtPage = true;
    try {
      const result = await this.worker.step(range, this.#parked.names, this.#page.signal);
      return this.#page.signal.aborted && !this.#stopping.signal.aborted ? { status: "fenced" } : result;
    } finally {
      this.#isAtPage = false;
    }
  }

  /**
   * Renews the lease while a page takes longer than that: reactions may wait for the outside. A page whose range was taken over all
   * the same, as after a long pause of the process, is broken off, so that two do not react at once for longer than need be.
   */
  async #keepLease(): Promise<void> {
    const { workerId, leaseMs } = this.#settings;
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      await this.#clock.sleep(leaseMs / 3, signal);
      if (signal.aborted || !this.#isAtPage || this.#clock.elapsed() < this.#renewAt) continue;
      const ranges = this.#ranges;
      try {
        const state = await this.#states.updateProcessor(this.worker.processor, (before, now) =>
          keepRanges(before, workerId, now + leaseMs),
        );
        const epochs = new Set(state.ranges.map((range) => range.owner === workerId && range.epoch));
        if (ranges === this.#ranges && ranges.some(({ epoch }) => !epochs.has(epoch))) this.#page.abort();
      } catch {
        // Tried again soon; the commit of the page tells whether it was in time.
      }
    }
  }

  /** Renews the lease, takes its share of the work and learns what is parked. Resolves with the position of the head of the log. */
  async #renew(): Promise<number> {
    const { workerId, leaseMs, startAt, isGone } = this.#settings;
    const head = await this.#events.head();
    const state = await this.#states.updateProcessor(this.worker.processor, (before, now) => {
      const known = passOver(before, this.#ranges);
      const shared = shareRanges(known, {
        worker: workerId,
        now,
        leaseMs,
        spread: this.worker.spread,
        start: startAt === "head" ? head : logBeginning(head.logId),
        buildTarget: head.position,
        isGone,
      });
      this.#isEnding = this.worker.isBusy === true && changesHands(known, shared, workerId);
      return this.#isEnding ? keepRanges(known, workerId, now + leaseMs) : shared;
    });
    this.#renewAt = this.#clock.elapsed() + leaseMs / 3;
    this.#paused = state.paused;
    const before = new Map(this.#ranges.map((range) => [range.epoch, range]));
    const ranges = state.ranges.filter((range): range is HeldRange => range.owner === workerId);
    const unchanged =
      ranges.length === this.#ranges.length &&
      ranges.every((range) => before.get(range.epoch)?.from === range.from);
    if (!unchanged) {
      this.worker.forget();
      // What is left of ranges that are no longer held would have the loop look again without end.
      this.#retryAt.clear();
      // Until all are known to be of this log, none is worked on.
      this.#ranges = [];
      for (const range of ranges) await requireOfLog(this.#events, this.worker.name, range.checkpoint);
    }
    this.#ranges = ranges;
    await this.#parked.learn();
    // How far a subscription is behind is told by the other log alone.
    const lagging = this.worker.kind === "subscription" ? [] : state.ranges;
    this.#telemetry.gauge(
      "millrace_processor_lag",
      head.position - Math.min(head.position, ...lagging.map((range) => range.checkpoint.position)),
      { processor: this.worker.name },
    );
    this.#telemetry.gauge(
      "millrace_processor_stopped",
      state.ranges.some((range) => range.failure !== undefined) ? 1 : 0,
      { processor: this.worker.name },
    );
    return head.position;
  }

  /** Tries parked sequences whose first event is due, each in order until one fails again. */
  async #retryParked(): Promise<void> {
    const due = this.#parked.due(this.#ranges, retriedSequences);
    if (due.length === 0) return;
    let fenced = false;
    this.#isAtPage = true;
    try {
      await forEachConcurrently(due, retriedSequences, async ({ sequence, range }) => {
        const result = await this.#parked.retry(sequence, range, this.#page.signal);
        fenced ||= result === "fenced";
      });
    } finally {
      this.#isAtPage = false;
    }
    if (fenced || this.#page.signal.aborted) await this.#fenced();
    else await this.#parked.learn();
  }

  #stoppedAt(range: HeldRange): void {
    const attempts = range.failure?.attempts ?? 1;
    this.#retryAt.set(range.from, this.#clock.elapsed() + pauseMsAfter(attempts));
    this.#telemetry.log("error", "A processor stands at an event that it cannot handle.", {
      processor: this.worker.name,
      ...range.failure,
    });
  }

  #isAtHead({ checkpoint, failure }: HeldRange, head: number | undefined): boolean {
    return checkpoint.position === head && failure === undefined && this.worker.kind !== "subscription";
  }

  #replace(before: HeldRange, after: HeldRange): void {
    this.#ranges = this.#ranges.map((range) => (range === before ? after : range));
  }

  /** Somebody else has taken over, or the bounds were changed: learn the new state before anything else. */
  #fenced(): Promise<void> {
    if (!this.#stopping.signal.aborted) this.#page = new AbortController();
    this.worker.forget();
    this.#retryAt.clear();
    this.#ranges = [];
    this.#renewAt = 0;
    // Others must have their turn, such as who ends this loop because its table was dropped.
    return this.#clock.sleep(1, this.#stopping.signal);
  }

  /** Until there are events after a position, the lease wants renewal, a stopped range its next attempt, or a nudge. */
  async #wait(after: number | undefined): Promise<void> {
    const waiting = new AbortController();
    // With a reason of our own: the default one is an exception with a stack, made anew at each wait.
    const wake = () => waiting.abort("woken");
    this.#wake = wake;
    const next = Math.min(this.#renewAt, ...this.#retryAt.values()) - this.#clock.elapsed();
    const nextRetry = this.#paused ? next : this.#parked.nextDueIn(this.#ranges);
    const timer = this.#clock.sleep(Math.max(0, Math.min(next, nextRetry)), waiting.signal).then(wake);
    try {
      if (this.#stopping.signal.aborted) return;
      if (after === undefined) await timer;
      else await this.#events.waitForEvents(after, waiting.signal);
    } finally {
      wake();
      this.#wake = undefined;
    }
  }
}
