import type { ServiceDefinition } from "../domain/service.ts";
import type { Clock } from "../ports/clock.ts";
import type { Connections } from "../ports/connection.ts";
import type { EventStore } from "../ports/event-store.ts";
import type { ConnectedFunctions } from "../ports/function-transport.ts";
import type { StateStore } from "../ports/state-store.ts";
import type { Telemetry } from "../ports/telemetry.ts";
import { aggregateLoader, commandSide } from "./command-side.ts";
import type { LeaseSettings } from "./lease.ts";
import { PastStates } from "./past-states.ts";
import { queryHandler } from "./query-side.ts";
import { type RowsFor, rowsForPolicies } from "./rows-for-policy.ts";
import type { Role } from "./runtime.ts";
import { commandSender, type SendCommand } from "./send-command.ts";
import type { ServiceParts } from "./service-parts.ts";

/** What the processors of a service work with. */
export interface ProcessorEngine {
  readonly service: ServiceDefinition;
  readonly roles: ReadonlySet<Role>;
  readonly events: EventStore;
  readonly states: StateStore;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  readonly send: SendCommand;
  readonly rows: RowsFor;
  readonly past: PastStates;
  readonly connections: Connections;
  readonly functions: ConnectedFunctions;
  readonly settings: Omit<LeaseSettings, "startAt">;
}

/** Makes what the processors of a service work with. */
export function processorEngine(parts: ServiceParts): ProcessorEngine {
  const { core } = parts;
  const { service, events, connections } = core;
  return {
    ...core,
    send: commandSender(service, parts.get(commandSide), connections),
    rows: rowsForPolicies(service, events, parts.get(queryHandler)),
    past: new PastStates(service, events, parts.get(aggregateLoader)),
  };
}
