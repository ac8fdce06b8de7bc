import type { Clock } from "../ports/clock.ts";
import type { EventStore } from "../ports/event-store.ts";
import type { ParkedEvent, ParkedSequence } from "../ports/parked-event.ts";
import type { StateStore } from "../ports/state-store.ts";
import type { Telemetry } from "../ports/telemetry.ts";
import {
  type EventWorker,
  type HeldRange,
  inRange,
  maxRetryDelayMs,
  type ParkedRecord,
} from "./event-worker.ts";
import { factsOf } from "./failure.ts";

/** Sequences read at once. */
const pageSize = 1000;

/** So often is one sequence tried in one turn. */
const retriedEvents = 256;

/** What has failed so often is told: less is over before anybody reads it. */
const toldAttempts = 3;

/** What a processor has parked, as the loop that runs it knows it: by sequence, with the event that is the first of it. */
export class ParkedSequences {
  readonly #worker: EventWorker;
  readonly #events: EventStore;
  readonly #states: StateStore;
  readonly #clock: Clock;
  readonly #telemetry: Telemetry;
  #firsts: ReadonlyMap<string, ParkedEvent> = new Map();
  #names: ReadonlySet<string> = new Set();
  #retrying = 0;
  /** Of those that were told. */
  #told = { waiting: 0, parked: 0 };
  #isCertain = false;
  /** Those that need not wait any longer. */
  readonly #hurried = new Set<string>();

  constructor(parts: {
    worker: EventWorker;
    events: EventStore;
    states: StateStore;
    clock: Clock;
    telemetry: Telemetry;
  }) {
    this.#worker = parts.worker;
    this.#events = parts.events;
    this.#states = parts.states;
    this.#clock = parts.clock;
    this.#telemetry = parts.telemetry;
  }

  get names(): ReadonlySet<string> {
    return this.#names;
  }

  /** How many wait for their next attempt, and not for a decision. */
  get retrying(): number {
    return this.#retrying;
  }

  /** Has a sequence tried at once, whatever time was set. */
  hurry(sequence: string): void {
    this.#hurried.add(sequence);
  }

  /** What is known may be wrong: others have held the ranges, or nobody knows what was committed. */
  doubt(): void {
    this.#isCertain = false;
  }

  /** Reads them anew, unless there is none and nobody else can have parked any: only who holds a range parks what is in it. */
  async refresh(): Promise<void> {
    if (!this.#isCertain || this.#firsts.size > 0) await this.learn();
  }

  /** Reads them anew. */
  async learn(): Promise<void> {
    const { processor, name } = this.#worker;
    const firsts = new Map<string, ParkedEvent>();
    let retrying = 0;
    for (let after: string | undefined = ""; after !== undefined; ) {
      const page: readonly ParkedSequence[] = await this.#states.listParkedSequences(processor, {
        after,
        limit: pageSize,
      });
      for (const { sequence, first } of page) {
        firsts.set(sequence, first);
        if (first.retryAt !== undefined) retrying++;
      }
      after = page.length < pageSize ? undefined : page.at(-1)?.sequence;
    }
    for (const sequence of this.#hurried) if (!firsts.has(sequence)) this.#hurried.delete(sequence);
    this.#firsts = firsts;
    this.#names = new Set(firsts.keys());
    this.#isCertain = true;
    this.#retrying = retrying;
    this.#telemetry.gauge("millrace_parked_sequences", firsts.size - retrying, { processor: name });
    this.#telemetry.gauge("millrace_retrying_sequences", retrying, { processor: name });
    this.#tell([...firsts.values()]);
  }

  /** Tells once that sequences have begun to wait for what is not available, and each time that more wait for a decision. */
  #tell(firsts: readonly ParkedEvent[]): void {
    const waiting = firsts.filter(
      ({ failure, retryAt }) => retryAt !== undefined && (failure?.attempts ?? 0) >= toldAttempts,
    );
    const parked = firsts.filter(({ retryAt }) => retryAt === undefined);
    const told = (those: readonly ParkedEvent[]) => {
      const failure = those.at(-1)?.failure;
      return { processor: this.#worker.name, sequences: those.length, ...(failure && factsOf(failure)) };
    };
    if (waiting.length > 0 && this.#told.waiting === 0) {
      this.#telemetry.log(
        "warn",
        "Events that fail are tried again until they succeed or are parked.",
        told(waiting),
      );
    }
    if (parked.length > this.#told.parked) {
      this.#telemetry.log("error", "Events are parked until somebody decides.", told(parked));
    }
    this.#told = { waiting: waiting.length, parked: parked.length };
  }

  /** Up to `limit` of those in the ranges whose first event may be tried. */
  due(ranges: readonly HeldRange[], limit: number): readonly { sequence: string; range: HeldRange }[] {
    const due: { sequence: string; range: HeldRange }[] = [];
    for (const [sequence, first] of this.#firsts) {
      if (due.length === limit) break;
      if (this.#dueIn(sequence, first) > 0) continue;
      const range = ranges.find((candidate) => inRange(candidate, sequence));
      if (range !== undefined) due.push({ sequence, range });
    }
    return due;
  }

  /** Milliseconds until the next of those in the ranges may be tried; infinite where none waits for that. */
  nextDueIn(ranges: readonly HeldRange[]): number {
    let next = Number.POSITIVE_INFINITY;
    for (const [sequence, first] of this.#firsts) {
      const dueIn = this.#dueIn(sequence, first);
      if (dueIn < next && ranges.some((range) => inRange(range, sequence))) next = dueIn;
    }
    return next;
  }

  /** Tries the events of a sequence in order, until one fails again. */
  async retry(sequence: string, range: HeldRange, signal: AbortSignal): Promise<"fenced" | "done"> {
    this.#hurried.delete(sequence);
    for (let tried = 0; tried < retriedEvents && !signal.aborted; tried++) {
      const [first, ...others] = await this.#read(sequence);
      if (first === undefined || signal.aborted) break;
      const result = await this.#worker.retry(range, [first, ...others], signal);
      if (result === "fenced") return "fenced";
      if (result === "failed") break;
    }
    return "done";
  }

  /** The first of a sequence, as many as are tried at once. */
  async #read(sequence: string): Promise<readonly ParkedRecord[]> {
    const { processor, retriesAtOnce = 1 } = this.#worker;
    const parked = await this.#states.listParked(processor, { sequence, limit: retriesAtOnce });
    const read: ParkedRecord[] = [];
    for (const each of parked) {
      const { events } = await this.#events.readLog({ after: each.position - 1, limit: 1 });
      const [event] = events;
      if (event === undefined) break;
      read.push({ parked: each, event });
    }
    return read;
  }

  #dueIn(sequence: string, { failure, retryAt }: ParkedEvent): number {
    if (this.#hurried.has(sequence)) return 0;
    // One that merely stood behind another is free as soon as it is the first.
    if (retryAt === undefined) return failure === undefined ? 0 : Number.POSITIVE_INFINITY;
    const ms = retryAt - this.#clock.now();
    // No attempt is put off for longer: then the clock was set back.
    return ms > maxRetryDelayMs ? 0 : ms;
  }
}
