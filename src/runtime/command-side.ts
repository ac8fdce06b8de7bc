import type { AggregateDefinition } from "../domain/aggregate-definition.ts";
import { type AnyState, domainThrew, upcastEvent } from "../domain/fold.ts";
import type { ServiceDefinition } from "../domain/service.ts";
import { MillraceError } from "../errors/millrace-error.ts";
import type { RecordedEvent } from "../message/event.ts";
import { streamName } from "../message/stream.ts";
import type { EventStore } from "../ports/event-store.ts";
import { AggregateLoader } from "./aggregate-loader.ts";
import { CommandHandler } from "./command-handler.ts";
import { decidersOf } from "./decide-elsewhere.ts";
import { ReferenceIndex } from "./reference-index.ts";
import type {
  CommandOutcome,
  CommandRequest,
  CommandSide,
  EventRequest,
  LoadedAggregate,
} from "./runtime.ts";
import { connectionTo } from "./send-command.ts";
import type { ServiceParts } from "./service-parts.ts";

/** Makes the command side of a service. Throws `configuration-invalid` where it is not said how a referrer is reached. */
export function commandSide(parts: ServiceParts): ServiceCommandSide {
  const { service, events, clock, telemetry, connections, functions, settings } = parts.core;
  for (const referrer of settings.referrers) connectionTo(connections, referrer);
  const loader = parts.get(aggregateLoader);
  const handler = new CommandHandler({
    events,
    loader,
    telemetry,
    clock,
    maxDepth: settings.maxCausationDepth,
    references: new ReferenceIndex({ service: service.name, events, clock, connections }),
    referrers: settings.referrers,
    deciders: decidersOf(service, functions),
  });
  return new ServiceCommandSide(service, handler, loader, events);
}

/** Makes what loads the aggregates of a service. */
export function aggregateLoader({ core }: ServiceParts): AggregateLoader {
  const { events, states, telemetry, settings } = core;
  return new AggregateLoader(events, states, telemetry, settings.cachedStates);
}

/** The command side of a service; see `CommandSide`. */
export class ServiceCommandSide implements CommandSide {
  readonly #aggregates: ReadonlyMap<string, AggregateDefinition>;
  readonly #handler: CommandHandler;
  readonly #loader: AggregateLoader;
  readonly #events: EventStore;
  readonly #underWay = new Set<Promise<unknown>>();

  constructor(
    service: ServiceDefinition,
    handler: CommandHandler,
    loader: AggregateLoader,
    events: EventStore,
  ) {
    const streams = [...service.aggregates, ...service.processes.map((process) => process.aggregate)];
    this.#aggregates = new Map(streams.map((aggregate) => [aggregate.name, aggregate]));
    this.#handler = handler;
    this.#loader = loader;
    this.#events = events;
  }

  async handle(request: CommandRequest): Promise<CommandOutcome> {
    return this.#untilAnswered(this.#handler.handle(this.#definition(request.aggregate), request));
  }

  async handleEvent(request: EventRequest): Promise<CommandOutcome> {
    return this.#untilAnswered(this.#handler.handleEvent(this.#definition(request.aggregate), request));
  }

  async load(
    aggregate: string,
    aggregateId: string,
    at?: { readonly version: number } | { readonly time: number },
  ): Promise<LoadedAggregate> {
    const definition = this.#definition(aggregate);
    const { state, version } =
      at === undefined
        ? await this.#loader.load(definition, aggregateId, true)
        : await this.#loader.loadAt(definition, aggregateId, at);
    if (version === 0) throw notFound(definition, aggregateId);
    if (at !== undefined && "version" in at && at.version !== version) {
      throw new MillraceError(
        "version-not-found",
        `${aggregate} ${aggregateId} has the versions 1 to ${version}; found ${at.version}.`,
        { data: { aggregate, id: aggregateId, expected: version, found: at.version } },
      );
    }
    return { aggregateId, state, version, stateVersion: definition.stateVersion };
  }

  async history(
    aggregate: string,
    aggregateId: string,
    { from, limit }: { readonly from: number; readonly limit: number },
  ): Promise<readonly RecordedEvent[]> {
    const definition = this.#definition(aggregate);
    const stream = streamName(definition.name, aggregateId);
    const events = await this.#events.readStream(stream, { from, limit });
    if (events.length === 0 && (await this.#events.readStream(stream, { limit: 1 })).length === 0) {
      throw notFound(definition, aggregateId);
    }
    return events.map((event) => upcastEvent(definition, event));
  }

  async offered(aggregate: string, aggregateId: string): Promise<readonly string[]> {
    const definition = this.#definition(aggregate);
    const { state, version } = await this.#loader.load(definition, aggregateId, true);
    const { creates } = definition;
    return Object.keys(definition.commands).filter((type) => {
      if (creates !== undefined && (type === creates) !== (version === 0)) return false;
      const guard = definition.when[type] as ((state: AnyState) => boolean) | undefined;
      try {
        return guard === undefined || guard(state);
      } catch (cause) {
        throw domainThrew(`when of ${aggregate}.${type}`, cause);
      }
    });
  }

  /** Resolves when every command that was accepted has been answered. */
  async settle(): Promise<void> {
    await Promise.allSettled(this.#underWay);
    await this.#loader.settle();
  }

  async #untilAnswered(handling: Promise<CommandOutcome>): Promise<CommandOutcome> {
    this.#underWay.add(handling);
    try {
      return await handling;
    } finally {
      this.#underWay.delete(handling);
    }
  }

  #definition(name: string): AggregateDefinition {
    const definition = this.#aggregates.get(name);
    if (definition !== undefined) return definition;
    throw new MillraceError(
      "command-unknown",
      `There is no aggregate ${JSON.stringify(name)}; expected one of ${[...this.#aggregates.keys()].join(", ")}.`,
      { data: { aggregate: name } },
    );
  }
}

function notFound(definition: AggregateDefinition, aggregateId: string): MillraceError {
  return new MillraceError("aggregate-not-found", `There is no ${definition.name} ${aggregateId}.`, {
    data: { aggregate: definition.name, id: aggregateId },
  });
}
