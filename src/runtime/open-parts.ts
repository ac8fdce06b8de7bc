import type { Service } from "../domain/service.ts";
import { MillraceError } from "../errors/millrace-error.ts";
import { newId } from "../message/id.ts";
import { type Clock, systemClock } from "../ports/clock.ts";
import type { Connections } from "../ports/connection.ts";
import type { EventStore } from "../ports/event-store.ts";
import type { ConnectedFunctions } from "../ports/function-transport.ts";
import type { StateStore } from "../ports/state-store.ts";
import { noTelemetry, type Telemetry } from "../ports/telemetry.ts";
import type { Role } from "./runtime.ts";
import { ServiceParts } from "./service-parts.ts";

export interface PartOptions {
  readonly events: EventStore;
  readonly state: StateStore;
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
  /** The policies and processes that run as functions of their own, by name. Default none. */
  readonly functions?: ConnectedFunctions;
  /** Unique per process and start; default a new id. */
  readonly workerId?: string;
  /** Whether a worker is known to be gone, so that nobody waits for its lease; default never. */
  readonly isGone?: (workerId: string) => boolean;
}

/** Takes a service and its stores together. Throws `store-read-only` for a role that a replica cannot play. */
export function openParts(
  { definition }: Service,
  options: PartOptions,
  roles: ReadonlySet<Role>,
): ServiceParts {
  const { events } = options;
  const pushes = roles.has("relay") && Object.keys(options.functions ?? {}).length > 0;
  if (events.capabilities.replica && (roles.has("command") || roles.has("processor") || pushes)) {
    throw new MillraceError(
      "store-read-only",
      `The database is a replica, which only answers queries; expected the role "query" alone, found ${[...roles].join(", ")}.`,
    );
  }
  return new ServiceParts({
    service: definition,
    roles,
    events,
    states: options.state,
    clock: options.clock ?? systemClock,
    telemetry: options.telemetry ?? noTelemetry,
    connections: options.services ?? {},
    functions: options.functions ?? {},
    settings: {
      cachedStates: options.cachedStates ?? 10_000,
      maxCausationDepth: options.maxCausationDepth ?? 100,
      leaseMs: options.leaseMs ?? 10_000,
      keepCommandsForDays: options.keepCommandsForDays ?? 90,
      referrers: options.referrers ?? [],
      workerId: options.workerId ?? newId(),
      isGone: options.isGone ?? (() => false),
    },
  });
}
