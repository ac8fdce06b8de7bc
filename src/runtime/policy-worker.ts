import type { EventSourceDefinition } from "../domain/event-source.ts";
import { isBeyond, isDeclared, readEvent } from "../domain/fold.ts";
import type { PolicyDefinition } from "../domain/policy.ts";
import { MillraceError } from "../errors/millrace-error.ts";
import type { RecordedEvent } from "../message/event.ts";
import { sliceCount } from "../message/slice.ts";
import type { Clock } from "../ports/clock.ts";
import type { EventKind, EventStore } from "../ports/event-store.ts";
import type { ParkedEvent, ProcessingFailure } from "../ports/parked-event.ts";
import type { StateStore } from "../ports/state-store.ts";
import type { Telemetry } from "../ports/telemetry.ts";
import { Attempts } from "./attempts.ts";
import {
  type EventWorker,
  type HeldRange,
  inRange,
  maxRetryDelayMs,
  type ParkedEvents,
  rangeKeyOf,
  type StepResult,
} from "./event-worker.ts";
import { failureOf, isPermanent, isRetryable } from "./failure.ts";
import { forEachConcurrently } from "./for-each-concurrently.ts";
import { passedOver } from "./passed-over.ts";
import { policyProcessor } from "./policy-processor.ts";
import type { Reacted, Reactor } from "./reactor.ts";
import { historyTag } from "./take-deliveries.ts";

/** Events per checkpoint, which are delivered again at most after a crash: several batches of each that may be under way at once. */
const minPageSize = 256;
const maxPageSize = 2048;
const batchesPerPage = 4;

/** Sequences of one page that are worked on at once; policies may wait for the outside. */
const concurrency = 32;

/** How often an event is tried that fails for a reason that may pass by itself but is not known to. */
const maxAttempts = 5;

const firstBackoffMs = 50;

/** An attempt that goes on is asked after so often: a worker that takes over begins it anew no later. */
const lookAgainMs = 2000;

/** What became of events of a sequence: the positions of those that are done, and how the one after them stays where it failed. */
interface Attempted {
  readonly handled: readonly number[];
  readonly stays?: ParkedEvent;
}

/** Turns events into commands: each command acts once, because its id follows from the event (G7). */
export class PolicyWorker implements EventWorker {
  readonly kind = "policy";
  readonly processor: string;
  readonly name: string;
  readonly spread = true;
  readonly retriesAtOnce: number;
  readonly #pageSize: number;
  readonly #policy: PolicyDefinition;
  readonly #except: readonly EventKind[];
  readonly #events: EventStore;
  readonly #states: StateStore;
  readonly #clock: Clock;
  readonly #telemetry: Telemetry;
  readonly #reactor: Reactor;
  readonly #attempts: Attempts<Attempted>;

  constructor(parts: {
    policy: PolicyDefinition;
    reactor: Reactor;
    sources: readonly EventSourceDefinition[];
    events: EventStore;
    states: StateStore;
    clock: Clock;
    telemetry: Telemetry;
  }) {
    this.#policy = parts.policy;
    this.#events = parts.events;
    this.#states = parts.states;
    this.#clock = parts.clock;
    this.#telemetry = parts.telemetry;
    this.#reactor = parts.reactor;
    const { batchSize, concurrency: atOnce } = parts.reactor;
    this.retriesAtOnce = batchSize;
    const worthwhile = Number.isFinite(atOnce) ? batchesPerPage * batchSize * atOnce : 0;
    this.#pageSize = Math.min(maxPageSize, Math.max(minPageSize, worthwhile));
    this.#attempts = new Attempts(parts.clock, parts.policy.timeoutMs, atOnce);
    this.#except = passedOver(parts.sources, parts.policy);
    this.processor = policyProcessor(parts.policy);
    this.name = parts.policy.name;
  }

  async step(range: HeldRange, parked: ReadonlySet<string>, signal: AbortSignal): Promise<StepResult> {
    const page = await this.#events.readLog({
      after: range.checkpoint.position,
      limit: this.#pageSize,
      except: this.#except,
    });
    if (signal.aborted) return { status: "progressed", range, caughtUp: false, parked: [] };
    if (page.through.position === range.checkpoint.position) {
      return { status: "progressed", range, caughtUp: true, parked: [] };
    }
    const whole = range.from === 0 && range.to === sliceCount;
    const sequences = new Map<string, RecordedEvent[]>();
    let stop: unknown;
    let through = page.through;
    for (const event of page.events) {
      const source = this.#policy.from.find(({ name }) => name === event.category);
      if (source === undefined) continue;
      const sequence = this.#sequenceOf(source, event);
      if (!whole && !inRange(range, sequence)) continue;
      const isHandled = this.#policy.on[event.type] !== undefined;
      if (isHandled ? isBeyond(source, event) : !isDeclared(source, event)) {
        // Only a newer version can read this: do what comes before it, then wait.
        stop = this.#beyond(event);
        through = (await this.#events.pointAt(event.position - 1)) ?? range.checkpoint;
        break;
      }
      if (!isHandled || (this.#policy.startAt === "head" && event.tags.includes(historyTag))) continue;
      const before = sequences.get(sequence);
      if (before === undefined) sequences.set(sequence, [event]);
      else before.push(event);
    }
    // A page without work moves the range on in memory; the next renewal of the lease writes it down.
    if (sequences.size === 0 && stop === undefined && range.failure === undefined) {
      return {
        status: "progressed",
        range: { ...range, checkpoint: through },
        caughtUp: page.events.length < this.#pageSize,
        parked: [],
      };
    }
    const parking: ParkedEvent[] = [];
    await forEachConcurrently(sequences, concurrency, async ([sequence, events]) => {
      const rest = parked.has(sequence) ? { events } : await this.#attemptAll(sequence, events, signal);
      for (const event of rest.events)
        parking.push(
          rest.stays?.position === event.position ? rest.stays : { sequence, position: event.position },
        );
    });
    // What was done and not committed is delivered again, and acts no second time.
    if (signal.aborted) return { status: "progressed", range, caughtUp: false, parked: [] };
    const failure =
      stop === undefined
        ? undefined
        : failureOf(stop, through.position + 1, (range.failure?.attempts ?? 0) + 1, this.#clock.now());
    const result = await this.#states.commitProgress({
      processor: this.processor,
      range: rangeKeyOf(range),
      checkpoint: through,
      park: parking,
      ...(failure !== undefined ? { failure } : range.failure === undefined ? {} : { failure: null }),
    });
    if (result === "fenced") return { status: "fenced" };
    const { failure: _, ...rest } = range;
    if (failure !== undefined) return { status: "stopped", range: { ...rest, checkpoint: through, failure } };
    return {
      status: "progressed",
      range: { ...rest, checkpoint: through },
      caughtUp: page.events.length < this.#pageSize,
      parked: parking.map(({ sequence }) => sequence),
    };
  }

  async retry(
    range: HeldRange,
    parked: ParkedEvents,
    signal: AbortSignal,
  ): Promise<"handled" | "failed" | "fenced"> {
    const [{ parked: first }] = parked;
    const { sequence, failure } = first;
    // One that has failed is tried by itself, so that the others do not wait for it in vain.
    const tried = failure === undefined ? parked : parked.slice(0, 1);
    const events = tried.map(({ event }) => event);
    const { handled, stays } = await this.#attempt(sequence, events, failure, signal);
    if (signal.aborted) return "failed";
    const result = await this.#states.commitProgress({
      processor: this.processor,
      range: rangeKeyOf(range),
      checkpoint: range.checkpoint,
      unpark: handled.map((position) => ({ sequence, position })),
      park: stays === undefined ? [] : [stays],
    });
    if (result === "fenced") return "fenced";
    return stays === undefined ? "handled" : "failed";
  }

  forget(): void {
    this.#attempts.forget();
  }

  get isBusy(): boolean {
    return this.#attempts.isBusy;
  }

  watch(settled: (sequence: string) => void): void {
    this.#attempts.watch(settled);
  }

  /** One that cannot be read stands in its stream, where it fails. */
  #sequenceOf(source: EventSourceDefinition, event: RecordedEvent): string {
    const { sequence } = this.#policy;
    if (sequence === undefined || this.#policy.on[event.type] === undefined || isBeyond(source, event)) {
      return event.stream;
    }
    try {
      return sequence(readEvent(source, event)) ?? event.stream;
    } catch {
      return event.stream;
    }
  }

  #beyond(event: RecordedEvent): MillraceError {
    return new MillraceError(
      "event-type-unknown",
      `The log holds ${event.type} of version ${event.schemaVersion} at position ${event.position}, which this version of the service does not know: a newer version must run policy ${this.name}.`,
      { data: { type: event.type, position: event.position } },
    );
  }

  /** Tries the events of a sequence until one fails. Resolves with those that are left, and how the first of them stays. */
  async #attemptAll(
    sequence: string,
    events: readonly RecordedEvent[],
    signal: AbortSignal,
  ): Promise<{ readonly events: readonly RecordedEvent[]; readonly stays?: ParkedEvent | undefined }> {
    let done = 0;
    while (done < events.length && !signal.aborted) {
      const batch = events.slice(done, done + this.#reactor.batchSize);
      const { handled, stays } = await this.#attempt(sequence, batch, undefined, signal);
      done += handled.length;
      if (stays !== undefined) return { events: events.slice(done), stays };
    }
    return { events: events.slice(done) };
  }

  /** Tries events of a sequence once, or goes on with an attempt that takes long. */
  async #attempt(
    sequence: string,
    events: readonly RecordedEvent[],
    earlier: ProcessingFailure | undefined,
    signal: AbortSignal,
  ): Promise<Attempted> {
    const [{ position }] = events as [RecordedEvent];
    const result = await this.#attempts.make({ sequence, position }, signal, (within) =>
      this.#try(sequence, events, earlier, signal, () => within((own) => this.#reactor.react(events, own))),
    );
    if (result.done) return result.value;
    const retryAt = this.#clock.now() + lookAgainMs;
    const stays = { sequence, position, ...(earlier === undefined ? {} : { failure: earlier }), retryAt };
    return { handled: [], stays };
  }

  async #try(
    sequence: string,
    events: readonly RecordedEvent[],
    earlier: ProcessingFailure | undefined,
    signal: AbortSignal,
    react: () => Promise<Reacted>,
  ): Promise<Attempted> {
    // It was not done in time.
    const reacted = await react().catch((error: unknown): Reacted => ({ handled: 0, error }));
    const handled = events.slice(0, reacted.handled).map(({ position }) => position);
    if (handled.length > 0) {
      this.#telemetry.count("millrace_processor_events_total", { processor: this.name }, handled.length);
    }
    const next = events[handled.length];
    if (reacted.error === undefined || next === undefined || signal.aborted) return { handled };
    const before = handled.length === 0 ? earlier : undefined;
    return { handled, stays: this.#staysAfter(reacted.error, sequence, next.position, before) };
  }

  /**
   * How an event stays after an attempt that fails: to be tried again after a while, without end while the reason is known to pass
   * (unreachable, busy) and a few times where it may; or until somebody decides.
   */
  #staysAfter(
    error: unknown,
    sequence: string,
    position: number,
    earlier: ProcessingFailure | undefined,
  ): ParkedEvent {
    const now = this.#clock.now();
    const attempts = (earlier?.attempts ?? 0) + 1;
    const failure = failureOf(error, position, attempts, now);
    const again = isRetryable(error) || (!isPermanent(error) && attempts < maxAttempts);
    this.#telemetry.count(again ? "millrace_processor_retries_total" : "millrace_processor_failures_total", {
      processor: this.name,
    });
    if (!again) return { sequence, position, failure };
    const backoffMs = Math.min(maxRetryDelayMs, firstBackoffMs * 2 ** Math.min(attempts - 1, 20));
    return { sequence, position, failure, retryAt: Math.ceil(now + backoffMs * (0.5 + Math.random() / 2)) };
  }
}
