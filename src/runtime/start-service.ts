import type { Service, ServiceDefinition } from "../domain/service.ts";
import type { ViewDefinition } from "../domain/view.ts";
import { MillraceError } from "../errors/millrace-error.ts";
import { newId } from "../message/id.ts";
import { type Clock, systemClock } from "../ports/clock.ts";
import type { EventStore } from "../ports/event-store.ts";
import type { StateStore } from "../ports/state-store.ts";
import { noTelemetry, type Telemetry } from "../ports/telemetry.ts";
import { AggregateLoader } from "./aggregate-loader.ts";
import { CommandHandler } from "./command-handler.ts";
import { CommandRetention } from "./command-retention.ts";
import { ServiceCommandSide } from "./command-side.ts";
import { DeadlineTimer } from "./deadline-timer.ts";
import { Feed } from "./feed.ts";
import { ServiceOperations } from "./operations.ts";
import { ProcessorSet } from "./processor-set.ts";
import { QueryHandler } from "./query-handler.ts";
import { ReferenceIndex } from "./reference-index.ts";
import { rowsForPolicies } from "./rows-for-policy.ts";
import { everyRole, type Role, type Runtime } from "./runtime.ts";
import { type Connections, commandSender, connectionTo } from "./send-command.ts";
import { followedBy } from "./sources-of.ts";
import { viewChanges } from "./view-changes.ts";
import { ViewReader } from "./view-reader.ts";
import { ensureTable } from "./view-tables.ts";

export interface ServiceOptions {
  readonly events: EventStore;
  readonly state: StateStore;
  /** Default: all. With none, only operations are of use. */
  readonly roles?: readonly Role[];
  readonly telemetry?: Telemetry;
  readonly clock?: Clock;
  /** States kept in memory; default 10,000. */
  readonly cachedStates?: number;
  /** How many reactions may follow from one request from outside before it counts as a loop; default 100. */
  readonly maxCausationDepth?: number;
  /**
   * How long a range of a processor's work stays with a process that is silent; default 10,000. Shorter means that others take
   * over sooner, and more writes while idle. Fencing keeps results right whatever the value.
   */
  readonly leaseMs?: number;
  /**
   * For how many days a command is known by its id at least, and a repeat has its first result (G4); default 90. `Infinity` forgets
   * nothing.
   */
  readonly keepCommandsForDays?: number;
  /** How other services are reached, by name: those whose contracts the service uses. */
  readonly services?: Connections;
  /** The services, of those in `services`, that hold references to aggregates of this one: see `retirement`. Default none. */
  readonly referrers?: readonly string[];
  /** Unique per process and start; default a new id. */
  readonly workerId?: string;
  /** Whether a worker is known to be gone, so that nobody waits for its lease; default never. */
  readonly isGone?: (workerId: string) => boolean;
}

/** Starts a service over its stores: makes missing view tables, then runs what its roles ask for until `stop`. Rejects with
 * `store-read-only` for a role that a replica cannot play. */
export async function startService(service: Service, options: ServiceOptions): Promise<Runtime> {
  const { events, state: states, telemetry = noTelemetry, clock = systemClock } = options;
  const { definition } = service;
  const roles = new Set(options.roles ?? everyRole);
  if (events.capabilities.replica && (roles.has("command") || roles.has("processor"))) {
    throw new MillraceError(
      "store-read-only",
      `The database is a replica, which only answers queries; expected the role "query" alone, found ${[...roles].join(", ")}.`,
    );
  }
  const [projection] = definition.projections;
  if (roles.has("processor") && projection !== undefined && projection.transactions !== states.transactions) {
    throw new MillraceError(
      "configuration-invalid",
      `Projection ${projection.name} needs transactions of ${projection.transactions}, which PostgreSQL hands out; found the ${events.capabilities.name} store.`,
    );
  }
  if (roles.has("processor")) {
    for (const { contract } of followedBy(definition)) connectionTo(options.services ?? {}, contract.name);
  }
  for (const referrer of options.referrers ?? []) connectionTo(options.services ?? {}, referrer);
  if (roles.has("query") || roles.has("processor")) {
    for (const view of definition.views) await ensureTable(states, view);
  }

  const workerId = options.workerId ?? newId();
  const loader = new AggregateLoader(events, states, telemetry, options.cachedStates ?? 10_000);
  const handler = new CommandHandler({
    events,
    loader,
    telemetry,
    clock,
    maxDepth: options.maxCausationDepth ?? 100,
    references: new ReferenceIndex({
      service: definition.name,
      events,
      clock,
      connections: options.services ?? {},
    }),
    referrers: options.referrers ?? [],
  });
  const commands = new ServiceCommandSide(definition, handler, loader, events);
  const send = commandSender(definition, commands, options.services ?? {});
  const queries = new QueryHandler({ events, states, clock });
  const timer = new DeadlineTimer({ processes: definition.processes, states, clock, telemetry, send });
  const processors = new ProcessorSet({
    service: definition,
    events,
    states,
    clock,
    telemetry,
    send,
    rows: rowsForPolicies(definition, events, queries),
    connections: options.services ?? {},
    settings: {
      workerId,
      leaseMs: options.leaseMs ?? 10_000,
      isGone: options.isGone ?? (() => false),
    },
  });
  const reader = new ViewReader({ views: definition.views, states, clock, telemetry, id: workerId });
  const retention = new CommandRetention({
    policies: definition.policies,
    events,
    states,
    clock,
    telemetry,
    workerId,
    keepDays: options.keepCommandsForDays ?? 90,
  });
  let stopping: Promise<void> | undefined;
  const stop = async () => {
    await retention.stop();
    await timer.stop();
    await processors.stop();
    await reader.stop();
    await commands.settle();
  };
  if (roles.has("query")) await reader.start();
  if (roles.has("processor")) {
    await processors.start();
    retention.start();
    timer.start();
  }

  return {
    service: definition,
    roles,
    commands,
    queries: {
      rows: async (view, request) => queries.rows(viewOf(definition, view), request),
      row: async (view, key, request) => queries.row(viewOf(definition, view), key, request),
      changes: (view, request) =>
        viewChanges({ events, states, clock, queries }, viewOf(definition, view), request),
    },
    feed: new Feed({ service: definition, events, clock }),
    operations: new ServiceOperations({
      service: definition,
      events,
      states,
      connections: options.services ?? {},
      roles,
      nudge: (processor) => processors.nudge(processor),
      isStopping: () => stopping !== undefined,
    }),
    stop: () => {
      stopping ??= stop();
      return stopping;
    },
  };
}

function viewOf(service: ServiceDefinition, name: string): ViewDefinition {
  const view = service.views.find((declared) => declared.name === name);
  if (view !== undefined) return view;
  throw new MillraceError(
    "view-not-found",
    `Service ${service.name} has no view ${JSON.stringify(name)}; expected one of ${service.views.map((declared) => declared.name).join(", ") || "none"}.`,
    { data: { view: name } },
  );
}
