import type { Clock } from "../ports/clock.ts";
import type { EventStore } from "../ports/event-store.ts";
import type { StateStore } from "../ports/state-store.ts";
import type { Telemetry } from "../ports/telemetry.ts";
import { type EventWorker, type HeldRange, rangeKeyOf, type StepResult } from "./event-worker.ts";
import { factsOf, pauseMsAfter } from "./failure.ts";
import { forEachConcurrently } from "./for-each-concurrently.ts";
import { Lease, type LeaseSettings } from "./lease.ts";
import { ParkedSequences } from "./parked-sequences.ts";
import { requireOfLog } from "./require-of-log.ts";
import { isSameHold } from "./share-ranges.ts";

/** Parked sequences that are tried at once: reactions may wait for the outside. */
const retriedSequences = 32;

/** So many sequences may wait for their next attempt before no further events are taken: the outside is down. */
const maxRetrying = 1000;

/** What one processor works with. */
export interface ProcessorParts {
  readonly worker: EventWorker;
  readonly events: EventStore;
  readonly states: StateStore;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  readonly settings: LeaseSettings;
}

/** What a turn left: whether there is more to do at once, and otherwise after which position there may be, if events bring any. */
export interface TurnResult {
  readonly isBusy: boolean;
  readonly after?: number | undefined;
}

const nothingToDo: TurnResult = { isBusy: false };

/**
 * The turns of one processor in this process. In each it renews its lease and share of the work when it is time to, handles parked events that
 * are due or that somebody asked to retry, and takes a page of each range that it holds.
 */
export class ProcessorTurns {
  readonly #worker: EventWorker;
  readonly #events: EventStore;
  readonly #states: StateStore;
  readonly #clock: Clock;
  readonly #telemetry: Telemetry;
  readonly #settings: LeaseSettings;
  readonly #lease: Lease;
  readonly #parked: ParkedSequences;
  readonly #stopping = new AbortController();
  /** Ends the page at hand: when stopping, or when its range was taken over. */
  #page = new AbortController();
  #isAtPage = false;
  #hasBegun: () => void = () => {};
  /** Resolves once it has its share of the work, or has failed to take it. */
  readonly begun = new Promise<void>((resolve) => {
    this.#hasBegun = resolve;
  });
  #ranges: readonly HeldRange[] = [];
  #paused = false;
  #isBehindElsewhere = false;
  /** Whether it ends what it has begun before others get their share of the work. */
  #isEnding = false;
  /** When the checkpoints have to be written down that were not yet; infinite where all were, or nobody waits for them. */
  #writeAt = Number.POSITIVE_INFINITY;
  /** By first slice of a range that stands at an event: when to try again. */
  readonly #retryAt = new Map<number, number>();

  /** `woken`: there is something to do before its time. */
  constructor(parts: ProcessorParts, woken: () => void) {
    this.#worker = parts.worker;
    this.#events = parts.events;
    this.#states = parts.states;
    this.#clock = parts.clock;
    this.#telemetry = parts.telemetry;
    this.#settings = parts.settings;
    this.#lease = new Lease(parts);
    this.#parked = new ParkedSequences(parts);
    this.#worker.watch?.((sequence) => {
      this.#parked.hurry(sequence);
      woken();
    });
  }

  /** Whether any of the work is this process's. */
  get holdsAny(): boolean {
    return this.#ranges.length > 0 && !this.#paused;
  }

  /** Whether, at the last renewal, there was something left to do in what others hold. */
  get isBehindElsewhere(): boolean {
    return this.#isBehindElsewhere && !this.#paused;
  }

  /** Milliseconds until a turn is due although no event has come. */
  get nextInMs(): number {
    return Math.min(this.#lease.dueIn, this.retryInMs, this.#writeAt - this.#clock.elapsed());
  }

  /** Milliseconds until what has failed is tried again; infinite where nothing waits for that. */
  get retryInMs(): number {
    const retryAt = Math.min(...this.#retryAt.values()) - this.#clock.elapsed();
    return Math.min(retryAt, this.#paused ? retryAt : this.#parked.nextDueIn(this.#ranges));
  }

  /** Has the next turn look at its state anew: after a pause, a resume or a request to retry. */
  hurry(): void {
    this.#lease.hurry();
  }

  /** Has the next turn trust nothing that it knows: the last one has failed. */
  doubt(): void {
    this.#lease.hurry();
    this.#parked.doubt();
  }

  /** Breaks off the page at hand, whose events are delivered again; further turns do nothing. */
  stop(): void {
    this.#stopping.abort();
    this.#page.abort();
    this.#hasBegun();
  }

  /** Gives the ranges back. Where that fails, the leases run out by themselves. */
  async leave(): Promise<void> {
    await this.#lease.leave(this.#ranges).catch(() => {});
  }

  async take(): Promise<TurnResult> {
    // Where the log was when the lease was renewed: who is there already has nothing to read.
    const head = this.#lease.dueIn <= 0 ? await this.#renew().finally(this.#hasBegun) : undefined;
    if (!this.holdsAny) return nothingToDo;
    if (this.#clock.elapsed() >= this.#writeAt && !(await this.#writeDown())) return this.#fenced();
    await this.#retryParked();
    if (this.#isEnding && this.#worker.isBusy !== true) this.#lease.hurry();
    if (this.#isEnding || this.#parked.retrying >= maxRetrying) return nothingToDo;
    let after: number | undefined;
    let isBusy = false;
    for (const range of this.#ranges) {
      if (this.#stopping.signal.aborted) return nothingToDo;
      if (range.failure !== undefined && this.#clock.elapsed() < (this.#retryAt.get(range.from) ?? 0))
        continue;
      if (this.#isAtHead(range, head)) {
        after = Math.min(after ?? Number.POSITIVE_INFINITY, range.checkpoint.position);
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
      this.#writeWithin(result.writeWithinMs);
      if (!result.caughtUp) isBusy = true;
      after = Math.min(after ?? Number.POSITIVE_INFINITY, result.range.checkpoint.position);
    }
    return { isBusy, after };
  }

  async #step(range: HeldRange): Promise<StepResult> {
    this.#isAtPage = true;
    try {
      const result = await this.#worker.step(range, this.#parked.names, this.#page.signal);
      return this.#page.signal.aborted && !this.#stopping.signal.aborted ? { status: "fenced" } : result;
    } finally {
      this.#isAtPage = false;
    }
  }

  /**
   * Renews the lease while a page takes longer than that: reactions may wait for the outside. A page whose range was taken over all
   * the same, as after a long pause of the process, is broken off, so that two do not react at once for longer than need be.
   */
  async keepLease(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      await this.#clock.sleep(this.#lease.nextMomentIn, signal);
      if (signal.aborted || !this.#isAtPage || this.#lease.dueIn > 0) continue;
      const ranges = this.#ranges;
      try {
        const isHeld = await this.#lease.keep(ranges);
        if (ranges === this.#ranges && !isHeld) this.#page.abort();
      } catch {
        // Tried again soon; the commit of the page tells whether it was in time.
      }
    }
  }

  /** Renews the lease, takes its share of the work and learns what is parked. Resolves with the position of the head of the log. */
  async #renew(): Promise<number> {
    const head = await this.#events.head();
    const { state, isEnding } = await this.#lease.renew(this.#ranges, head);
    this.#isEnding = isEnding;
    this.#paused = state.paused;
    this.#isBehindElsewhere = state.ranges.some(
      ({ owner, checkpoint, failure }) =>
        owner !== this.#settings.workerId && failure === undefined && checkpoint.position < head.position,
    );
    const ranges = state.ranges.filter(
      (range): range is HeldRange => range.owner === this.#settings.workerId,
    );
    const unchanged =
      ranges.length === this.#ranges.length &&
      ranges.every((range) => this.#ranges.some((before) => isSameHold(before, range)));
    if (!unchanged) {
      this.#worker.forget();
      this.#parked.doubt();
      // What is left of ranges that are no longer held would have the loop look again without end.
      this.#retryAt.clear();
      // Until all are known to be of this log, none is worked on.
      this.#ranges = [];
      for (const range of ranges) await requireOfLog(this.#events, this.#worker.name, range.checkpoint);
    }
    this.#ranges = ranges;
    this.#writeAt = Number.POSITIVE_INFINITY;
    await this.#parked.refresh();
    // How far a subscription is behind is told by the other log alone.
    const lagging = this.#worker.kind === "subscription" ? [] : state.ranges;
    this.#telemetry.gauge(
      "millrace_processor_lag",
      head.position - Math.min(head.position, ...lagging.map((range) => range.checkpoint.position)),
      { processor: this.#worker.name },
    );
    this.#telemetry.gauge(
      "millrace_processor_stopped",
      state.ranges.some((range) => range.failure !== undefined) ? 1 : 0,
      { processor: this.#worker.name },
    );
    return head.position;
  }

  #writeWithin(ms = Number.POSITIVE_INFINITY): void {
    this.#writeAt = Math.min(this.#writeAt, this.#clock.elapsed() + ms);
  }

  /** Writes down how far the ranges are that found nothing to do. Resolves with whether they are still held. */
  async #writeDown(): Promise<boolean> {
    this.#writeAt = Number.POSITIVE_INFINITY;
    for (const range of this.#ranges) {
      const { checkpoint } = range;
      const progress = { processor: this.#worker.processor, range: rangeKeyOf(range), checkpoint };
      if ((await this.#states.commitProgress(progress)) === "fenced") return false;
    }
    return true;
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

  #stoppedAt({ from, failure }: HeldRange): void {
    this.#retryAt.set(from, this.#clock.elapsed() + pauseMsAfter(failure?.attempts ?? 1));
    const facts = { processor: this.#worker.name, ...(failure && factsOf(failure)) };
    if (failure?.code === "service-unavailable") {
      this.#telemetry.log("warn", "A processor waits for what is not available outside.", facts);
    } else {
      this.#telemetry.log("error", "A processor stands at an event that it cannot handle.", facts);
    }
  }

  #isAtHead({ checkpoint, failure }: HeldRange, head: number | undefined): boolean {
    return checkpoint.position === head && failure === undefined && this.#worker.kind !== "subscription";
  }

  #replace(before: HeldRange, after: HeldRange): void {
    this.#ranges = this.#ranges.map((range) => (range === before ? after : range));
  }

  /** Somebody else has taken over, or the bounds were changed: learn the new state before anything else. */
  async #fenced(): Promise<TurnResult> {
    if (!this.#stopping.signal.aborted) this.#page = new AbortController();
    this.#worker.forget();
    this.#retryAt.clear();
    this.#ranges = [];
    this.#lease.hurry();
    this.#writeAt = Number.POSITIVE_INFINITY;
    // Others must have their turn, such as who ends this loop because its table was dropped.
    await this.#clock.sleep(1, this.#stopping.signal);
    return { isBusy: true };
  }
}
