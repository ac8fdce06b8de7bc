import QuickLRU from "quick-lru";
import type { AggregateDefinition } from "../domain/aggregate-definition.ts";
import type { Situation } from "../domain/decide.ts";
import { type AnyState, isDeclared, upcastEvent } from "../domain/fold.ts";
import type { ServiceDefinition } from "../domain/service.ts";
import { MillraceError } from "../errors/millrace-error.ts";
import type { RecordedEvent } from "../message/event.ts";
import type { EventStore } from "../ports/event-store.ts";
import type { AggregateLoader } from "./aggregate-loader.ts";
import { sourcesOf } from "./sources-of.ts";

/** Streams of which is remembered where they were asked for last, up to twice as many. */
const rememberedStreams = 1000;

/** Events of a stream read at once. */
const pageSize = 1000;

/** What policies are told of the past of an event. A stream that is asked for event by event is folded once. */
export class PastStates {
  readonly #service: ServiceDefinition;
  readonly #events: EventStore;
  readonly #loader: AggregateLoader;
  readonly #known = new QuickLRU<string, Situation>({ maxSize: rememberedStreams });

  constructor(service: ServiceDefinition, events: EventStore, loader: AggregateLoader) {
    this.#service = service;
    this.#events = events;
    this.#loader = loader;
  }

  /** See `PolicyContext.state`. Rejects with `aggregate-not-found` for an event of another service. */
  async stateAt({ stream, category, aggregateId, version }: RecordedEvent): Promise<AnyState> {
    const definition = this.#aggregateOf(category);
    const known = this.#known.get(stream);
    const start = known !== undefined && known.version <= version ? known : undefined;
    const situation = await this.#loader.loadAt(definition, aggregateId, { version }, start);
    this.#known.set(stream, situation);
    return situation.state;
  }

  /** See `PolicyContext.history`: with the data of the current versions, still on the input side of their schemas. */
  async historyUpTo({ stream, category, version }: RecordedEvent): Promise<readonly RecordedEvent[]> {
    const source = sourcesOf(this.#service).find(({ name }) => name === category);
    const history: RecordedEvent[] = [];
    for (let from = 1; from <= version; ) {
      const page = await this.#events.readStream(stream, {
        from,
        limit: Math.min(pageSize, version - from + 1),
      });
      if (page.length === 0) break;
      from += page.length;
      if (source === undefined) continue;
      for (const event of page) if (isDeclared(source, event)) history.push(upcastEvent(source, event));
    }
    return history;
  }

  #aggregateOf(category: string): AggregateDefinition {
    const definition = this.#service.aggregates.find(({ name }) => name === category);
    if (definition !== undefined) return definition;
    throw new MillraceError(
      "aggregate-not-found",
      `The state of ${category} is not here; expected an event of an aggregate of service ${this.#service.name}.`,
    );
  }
}
