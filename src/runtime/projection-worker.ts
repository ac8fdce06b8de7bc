import type { EventSourceDefinition } from "../domain/event-source.ts";
import { domainThrew, isDeclared, readEvent } from "../domain/fold.ts";
import type { ProjectionDefinition } from "../domain/projection.ts";
import { isMillraceError } from "../errors/millrace-error.ts";
import type { RecordedEvent } from "../message/event.ts";
import type { Clock } from "../ports/clock.ts";
import type { EventKind, EventStore, LogPage } from "../ports/event-store.ts";
import type { ProcessingFailure } from "../ports/parked-event.ts";
import type { Progress, StateStore } from "../ports/state-store.ts";
import type { Telemetry } from "../ports/telemetry.ts";
import { countHandled } from "./count-handled.ts";
import { type EventWorker, type HeldRange, rangeKeyOf, type StepResult } from "./event-worker.ts";
import { failureOf } from "./failure.ts";
import { passedOver } from "./passed-over.ts";
import { pointBefore } from "./point-before.ts";

/** Events per transaction: enough to share its sync, few enough that one which is tried again costs little. */
const pageSize = 256;

/**
 * Hands events to a projection, each exactly once as far as its transaction reaches: its writes and the checkpoint are one
 * transaction (G5). It stands still at an event that fails, since what depends on what is known to the projection alone.
 */
export class ProjectionWorker implements EventWorker {
  readonly kind = "projection";
  readonly processor: string;
  readonly name: string;
  readonly spread = false;
  readonly #projection: ProjectionDefinition;
  readonly #except: readonly EventKind[];
  readonly #events: EventStore;
  readonly #states: StateStore;
  readonly #clock: Clock;
  readonly #telemetry: Telemetry;
  #isPrepared = false;

  constructor(parts: {
    projection: ProjectionDefinition;
    sources: readonly EventSourceDefinition[];
    events: EventStore;
    states: StateStore;
    clock: Clock;
    telemetry: Telemetry;
  }) {
    this.#projection = parts.projection;
    this.#events = parts.events;
    this.#states = parts.states;
    this.#clock = parts.clock;
    this.#telemetry = parts.telemetry;
    this.#except = passedOver(parts.sources, parts.projection);
    this.processor = projectionProcessor(parts.projection);
    this.name = parts.projection.name;
  }

  async step(range: HeldRange, _parked: ReadonlySet<string>, signal: AbortSignal): Promise<StepResult> {
    if (!this.#isPrepared && range.checkpoint.position === 0 && (await this.#prepare(range)) === "fenced") {
      return { status: "fenced" };
    }
    const page = await this.#events.readLog({
      after: range.checkpoint.position,
      limit: pageSize,
      except: this.#except,
    });
    if (signal.aborted) return { status: "progressed", range, caughtUp: false, parked: [] };
    if (page.through.position === range.checkpoint.position) {
      return { status: "progressed", range, caughtUp: true, parked: [] };
    }
    return this.#handle(page, range);
  }

  async #prepare(range: HeldRange): Promise<"committed" | "fenced"> {
    const { prepare } = this.#projection;
    const result =
      prepare === undefined
        ? "committed"
        : await this.#states.commitProgress({
            ...this.#progress(range),
            work: async (db) => void (await prepare(db)),
          });
    this.#isPrepared = result === "committed";
    return result;
  }

  async #handle(page: LogPage, range: HeldRange): Promise<StepResult> {
    let { readable, stop } = this.#read(page.events);
    for (;;) {
      const checkpoint =
        stop === undefined ? page.through : await pointBefore(this.#events, stop.position, range.checkpoint);
      const attempts = (range.failure?.position === stop?.position ? (range.failure?.attempts ?? 0) : 0) + 1;
      const failure = stop && { ...stop, attempts };
      const run = this.#run(readable);
      try {
        const result = await this.#states.commitProgress({
          ...this.#progress(range),
          checkpoint,
          ...(failure !== undefined ? { failure } : range.failure === undefined ? {} : { failure: null }),
          ...(readable.length === 0 ? {} : { work: run.work }),
        });
        if (result === "fenced") return { status: "fenced" };
      } catch (error) {
        const { failed } = run;
        // A fault of the database passes; what is the event's own has the page end before it.
        if (failed === undefined || isFaultOfStore(error)) throw error;
        readable = readable.slice(0, readable.indexOf(failed.event));
        stop = failureOf(failed.error, failed.event.position, 1, this.#clock.now());
        continue;
      }
      countHandled(this.#telemetry, this.name, {
        events: readable.length,
        failures: failure?.attempts === 1 ? 1 : 0,
        retries: failure !== undefined && failure.attempts > 1 ? 1 : 0,
      });
      const { failure: _, ...rest } = range;
      if (failure !== undefined) return { status: "stopped", range: { ...rest, checkpoint, failure } };
      return {
        status: "progressed",
        range: { ...rest, checkpoint },
        caughtUp: page.events.length < pageSize,
        parked: [],
      };
    }
  }

  /** The events up to the first that cannot be read. */
  #read(recorded: readonly RecordedEvent[]): {
    readable: readonly RecordedEvent[];
    stop: ProcessingFailure | undefined;
  } {
    const readable: RecordedEvent[] = [];
    for (const event of recorded) {
      const source = this.#projection.from.find(({ name }) => name === event.category);
      if (
        source === undefined ||
        (this.#projection.on[event.type] === undefined && isDeclared(source, event))
      )
        continue;
      try {
        readable.push(readEvent(source, event));
      } catch (error) {
        return { readable, stop: failureOf(error, event.position, 1, this.#clock.now()) };
      }
    }
    return { readable, stop: undefined };
  }

  /** What goes into the transaction, and which event it failed at. It may be called again when the transaction is. */
  #run(events: readonly RecordedEvent[]) {
    const run = {
      failed: undefined as { readonly event: RecordedEvent; readonly error: unknown } | undefined,
      work: async (transaction: unknown) => {
        run.failed = undefined;
        for (const event of events) {
          try {
            await this.#projection.on[event.type]?.(transaction, event);
          } catch (error) {
            run.failed = {
              event,
              error: domainThrew(`${event.type} of projection ${this.name}`, error, event),
            };
            throw error;
          }
        }
      },
    };
    return run;
  }

  #progress(range: HeldRange): Progress {
    return { processor: this.processor, range: rangeKeyOf(range), checkpoint: range.checkpoint };
  }

  /** Nothing is ever parked. */
  async retry(): Promise<"failed"> {
    return "failed";
  }

  forget(): void {}
}

/** What passes without anybody's doing, whatever it interrupted. */
function isFaultOfStore(error: unknown): boolean {
  return isMillraceError(error, "store-unavailable") || isMillraceError(error, "outcome-unknown");
}

/** The name of its processor in the state store: each version has its own. */
export function projectionProcessor({
  name,
  version,
}: Pick<ProjectionDefinition, "name" | "version">): string {
  return `projection:${name}@${version}`;
}
