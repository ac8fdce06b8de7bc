import type { EventSourceDefinition } from "../domain/event-source.ts";
import { isBeyond, isDeclared, readEvent } from "../domain/fold.ts";
import type { PolicyDefinition } from "../domain/policy.ts";
import { MillraceError } from "../errors/millrace-error.ts";
import type { CommandCall } from "../message/command.ts";
import type { RecordedEvent } from "../message/event.ts";
import { derivedId } from "../message/id.ts";
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
  rangeKeyOf,
  type StepResult,
} from "./event-worker.ts";
import { failureOf, isPermanent, isRetryable } from "./failure.ts";
import { forEachConcurrently } from "./for-each-concurrently.ts";
import { IssuedCommands } from "./issued-commands.ts";
import { passedOver } from "./passed-over.ts";
import type { RowsFor } from "./rows-for-policy.ts";
import type { SendCommand } from "./send-command.ts";
import { historyTag } from "./take-deliveries.ts";

/** Events per checkpoint: what is delivered again at most after a crash. */
const pageSize = 256;

/** Sequences of one page that are worked on at once; policies may wait for the outside. */
const concurrency = 32;

/** How often an event is tried that fails for a reason that may pass by itself but is not known to. */
const maxAttempts = 5;

const firstBackoffMs = 50;

/** An attempt that goes on is asked after so often: a worker that takes over begins it anew no later. */
const lookAgainMs = 2000;

/** Turns events into commands: each command acts once, because its id follows from the event (G7). */
export class PolicyWorker implements EventWorker {
  readonly kind = "policy";
  readonly processor: string;
  readonly name: string;
  readonly spread = true;
  readonly #policy: PolicyDefinition;
  readonly #service: string;
  readonly #except: readonly EventKind[];
  readonly #events: EventStore;
  readonly #states: StateStore;
  readonly #clock: Clock;
  readonly #telemetry: Telemetry;
  readonly #send: SendCommand;
  readonly #rows: RowsFor;
  readonly #attempts: Attempts<ParkedEvent | undefined>;

  constructor(parts: {
    policy: PolicyDefinition;
    service: string;
    sources: readonly EventSourceDefinition[];
    events: EventStore;
    states: StateStore;
    clock: Clock;
    telemetry: Telemetry;
    send: SendCommand;
    rows: RowsFor;
  }) {
    this.#policy = parts.policy;
    this.#service = parts.service;
    this.#events = parts.events;
    this.#states = parts.states;
    this.#clock = parts.clock;
    this.#telemetry = parts.telemetry;
    this.#send = parts.send;
    this.#rows = parts.rows;
    this.#attempts = new Attempts(parts.clock, parts.policy.timeoutMs);
    this.#except = passedOver(parts.sources, parts.policy);
    this.processor = policyProcessor(parts.policy);
    this.name = parts.policy.name;
  }

  async step(range: HeldRange, parked: ReadonlySet<string>, signal: AbortSignal): Promise<StepResult> {
    const page = await this.#events.readLog({
      after: range.checkpoint.position,
      limit: pageSize,
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
        caughtUp: page.events.length < pageSize,
        parked: [],
      };
    }
    const parking: ParkedEvent[] = [];
    await forEachConcurrently(sequences, concurrency, async ([sequence, events]) => {
      for (const [index, event] of events.entries()) {
        const { position } = event;
        const stays = parked.has(sequence)
          ? { sequence, position }
          : await this.#attempt(sequence, event, undefined, signal);
        if (stays === undefined) continue;
        parking.push(stays);
        for (const later of events.slice(index + 1)) parking.push({ sequence, position: later.position });
        return;
      }
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
      caughtUp: page.events.length < pageSize,
      parked: parking.map(({ sequence }) => sequence),
    };
  }

  async retry(
    range: HeldRange,
    parked: ParkedEvent,
    event: RecordedEvent,
    signal: AbortSignal,
  ): Promise<"handled" | "failed" | "fenced"> {
    const { sequence, position } = parked;
    const stays = await this.#attempt(sequence, event, parked.failure, signal);
    if (signal.aborted) return "failed";
    const result = await this.#states.commitProgress({
      processor: this.processor,
      range: rangeKeyOf(range),
      checkpoint: range.checkpoint,
      ...(stays === undefined ? { unpark: [{ sequence, position }] } : { park: [stays] }),
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

  /**
   * Tries an event once, or goes on with an attempt that takes long. Resolves with undefined when it is done, or broken off by the signal, and
   * otherwise with how it stays.
   */
  async #attempt(
    sequence: string,
    recorded: RecordedEvent,
    earlier: ProcessingFailure | undefined,
    signal: AbortSignal,
  ): Promise<ParkedEvent | undefined> {
    const { position } = recorded;
    const result = await this.#attempts.make({ sequence, position }, signal, (within) =>
      this.#try(sequence, recorded, earlier, signal, () => within((own) => this.#react(recorded, own))),
    );
    if (result.done) return result.value;
    const retryAt = this.#clock.now() + lookAgainMs;
    return { sequence, position, ...(earlier === undefined ? {} : { failure: earlier }), retryAt };
  }

  /**
   * How an event stays after an attempt that fails: to be tried again after a while, without end while the reason is known to pass
   * (unreachable, busy) and a few times where it may; or until somebody decides.
   */
  async #try(
    sequence: string,
    recorded: RecordedEvent,
    earlier: ProcessingFailure | undefined,
    signal: AbortSignal,
    react: () => Promise<void>,
  ): Promise<ParkedEvent | undefined> {
    try {
      await react();
      this.#telemetry.count("millrace_processor_events_total", { processor: this.name });
      return undefined;
    } catch (error) {
      if (signal.aborted) return undefined;
      const { position } = recorded;
      const now = this.#clock.now();
      const attempts = (earlier?.attempts ?? 0) + 1;
      const failure = failureOf(error, position, attempts, now);
      const again = isRetryable(error) || (!isPermanent(error) && attempts < maxAttempts);
      this.#telemetry.count(
        again ? "millrace_processor_retries_total" : "millrace_processor_failures_total",
        { processor: this.name },
      );
      if (!again) return { sequence, position, failure };
      const backoffMs = Math.min(maxRetryDelayMs, firstBackoffMs * 2 ** Math.min(attempts - 1, 20));
      return { sequence, position, failure, retryAt: Math.ceil(now + backoffMs * (0.5 + Math.random() / 2)) };
    }
  }

  async #react(recorded: RecordedEvent, signal: AbortSignal): Promise<void> {
    const source = this.#policy.from.find(({ name }) => name === recorded.category) as EventSourceDefinition;
    const event = readEvent(source, recorded);
    const issued = new IssuedCommands(
      { service: this.#service, policy: this.name },
      event,
      this.#send,
      this.#telemetry,
    );
    const reaction = await this.#policy.on[event.type]?.(event, {
      idempotencyKey: derivedId("policy", this.name, event.id),
      signal,
      send: (call) => issued.send(call),
      rows: this.#rows(event),
    });
    if (reaction === undefined || signal.aborted) return;
    const calls = Array.isArray(reaction) ? (reaction as readonly CommandCall[]) : [reaction as CommandCall];
    for (const call of calls) await issued.sendOnce(call);
  }
}

/** The name of a policy's processor in the state store. */
export function policyProcessor(policy: Pick<PolicyDefinition, "name">): string {
  return `policy:${policy.name}`;
}
