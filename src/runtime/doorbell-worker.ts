import type { Clock } from "../ports/clock.ts";
import type { EventStore } from "../ports/event-store.ts";
import type { FunctionTransport } from "../ports/function-transport.ts";
import type { StateStore } from "../ports/state-store.ts";
import { type EventWorker, type HeldRange, rangeKeyOf, type StepResult } from "./event-worker.ts";
import { failureOf } from "./failure.ts";
import { envelopeOf } from "./push-event.ts";

/** Events looked at per ring: one ring has all of them done. */
const pageSize = 1000;

/**
 * Tells a function that reaches the stores itself that there are events for its processor, and waits until it has drained. While there are
 * none it is not called.
 */
export class DoorbellWorker implements EventWorker {
  readonly kind = "doorbell";
  readonly processor: string;
  readonly name: string;
  readonly spread = false;
  readonly #service: string;
  readonly #types: readonly string[];
  readonly #transport: FunctionTransport;
  readonly #events: EventStore;
  readonly #states: StateStore;
  readonly #clock: Clock;

  constructor(parts: {
    service: string;
    name: string;
    /** Those that the processor handles. */
    types: readonly string[];
    transport: FunctionTransport;
    events: EventStore;
    states: StateStore;
    clock: Clock;
  }) {
    this.name = parts.name;
    this.processor = `doorbell:${parts.name}`;
    this.#service = parts.service;
    this.#types = parts.types;
    this.#transport = parts.transport;
    this.#events = parts.events;
    this.#states = parts.states;
    this.#clock = parts.clock;
  }

  async step(range: HeldRange, _parked: ReadonlySet<string>, signal: AbortSignal): Promise<StepResult> {
    const { position } = range.checkpoint;
    const page = await this.#events.readLog({ after: position, limit: pageSize, types: this.#types });
    const caughtUp = page.events.length < pageSize;
    const last = page.events.at(-1);
    if (last === undefined && range.failure === undefined) {
      return { status: "progressed", range: { ...range, checkpoint: page.through }, caughtUp, parked: [] };
    }
    let error: unknown;
    try {
      if (last !== undefined) {
        const envelope = envelopeOf(this.#service, last);
        const ring = { ...envelope, partitionkey: this.name, data: { event: last, answers: [] } };
        await this.#transport.push([ring], signal);
      }
    } catch (thrown) {
      error = thrown;
    }
    if (signal.aborted) return { status: "progressed", range, caughtUp: false, parked: [] };
    const failure =
      error === undefined
        ? undefined
        : failureOf(error, position + 1, (range.failure?.attempts ?? 0) + 1, this.#clock.now());
    const checkpoint = failure === undefined ? page.through : range.checkpoint;
    const result = await this.#states.commitProgress({
      processor: this.processor,
      range: rangeKeyOf(range),
      checkpoint,
      failure: failure ?? null,
    });
    if (result === "fenced") return { status: "fenced" };
    const { failure: _, ...rest } = range;
    return failure === undefined
      ? { status: "progressed", range: { ...rest, checkpoint }, caughtUp, parked: [] }
      : { status: "stopped", range: { ...rest, failure } };
  }

  /** Nothing is ever parked. */
  async retry(): Promise<"failed"> {
    return "failed";
  }

  forget(): void {}
}
