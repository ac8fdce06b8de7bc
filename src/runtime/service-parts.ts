import type { ServiceDefinition } from "../domain/service.ts";
import type { Clock } from "../ports/clock.ts";
import type { Connections } from "../ports/connection.ts";
import type { EventStore } from "../ports/event-store.ts";
import type { ConnectedFunctions } from "../ports/function-transport.ts";
import type { StateStore } from "../ports/state-store.ts";
import type { Telemetry } from "../ports/telemetry.ts";
import type { Role } from "./runtime.ts";

/** What every part of a running service works with. */
export interface ServiceCore {
  readonly service: ServiceDefinition;
  /** What is done here. */
  readonly roles: ReadonlySet<Role>;
  readonly events: EventStore;
  readonly states: StateStore;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  readonly connections: Connections;
  readonly functions: ConnectedFunctions;
  readonly settings: ServiceSettings;
}

/** See `ServiceOptions`. */
export interface ServiceSettings {
  readonly cachedStates: number;
  readonly maxCausationDepth: number;
  readonly leaseMs: number;
  readonly keepCommandsForDays: number;
  readonly referrers: readonly string[];
  readonly workerId: string;
  readonly isGone: (workerId: string) => boolean;
}

/** Makes a part, with the help of others. */
export type PartMaker<T> = (parts: ServiceParts) => T;

/**
 * The parts of one running service, each named by the function that makes it and made once, when it is first asked for. What nobody asks
 * for is not there: a bundle holds what its entry point names.
 */
export class ServiceParts {
  readonly core: ServiceCore;
  readonly #made = new Map<PartMaker<unknown>, unknown>();

  constructor(core: ServiceCore) {
    this.core = core;
  }

  get<T>(make: PartMaker<T>): T {
    if (!this.#made.has(make)) this.#made.set(make, make(this));
    return this.#made.get(make) as T;
  }
}
