import type { ServiceDefinition } from "../domain/service.ts";
import type { ViewDefinition } from "../domain/view.ts";
import type { Clock } from "../ports/clock.ts";
import type { EventStore } from "../ports/event-store.ts";
import type { StateStore } from "../ports/state-store.ts";
import type { Telemetry } from "../ports/telemetry.ts";
import type { ViewTable } from "../ports/view-table.ts";
import type { EventWorker } from "./event-worker.ts";
import { subscriptionName } from "./followed-feed.ts";
import type { LeaseSettings } from "./lease.ts";
import { PolicyWorker } from "./policy-worker.ts";
import type { ProcessorParts } from "./processor-turns.ts";
import { ProjectionWorker } from "./projection-worker.ts";
import type { RowsFor } from "./rows-for-policy.ts";
import { type Connections, connectionTo, type SendCommand } from "./send-command.ts";
import { followedBy, refersTo, sourcesOf } from "./sources-of.ts";
import { SubscriptionWorker } from "./subscription-worker.ts";
import { ViewWorker } from "./view-worker.ts";

/** What the processors of a service work with. */
export interface ProcessorEngine {
  readonly service: ServiceDefinition;
  readonly events: EventStore;
  readonly states: StateStore;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  readonly send: SendCommand;
  readonly rows: RowsFor;
  readonly connections: Connections;
  readonly settings: Omit<LeaseSettings, "startAt">;
}

/** The policies, projections and subscriptions of a service. `waits`: whether a subscription waits for news, or takes what there is. */
export function processorsOf(engine: ProcessorEngine, waits: boolean): readonly ProcessorParts[] {
  const { service, connections } = engine;
  const parts = { ...engine, service: service.name, sources: sourcesOf(service) };
  return [
    ...service.policies.map((policy) =>
      withLease(engine, new PolicyWorker({ ...parts, policy }), policy.startAt),
    ),
    ...service.projections.map((projection) =>
      withLease(engine, new ProjectionWorker({ ...parts, projection })),
    ),
    ...followedBy(service).map((used) =>
      withLease(
        engine,
        new SubscriptionWorker({
          ...parts,
          used,
          isReferredTo: refersTo(service, used.contract),
          source: connectionTo(connections, used.contract.name).feed,
          waits,
        }),
      ),
    ),
  ];
}

/** The public names of the processors of a service. */
export function processorNames(service: ServiceDefinition): readonly string[] {
  const { views, policies, projections } = service;
  const subscriptions = followedBy(service).map(({ contract }) => subscriptionName(contract));
  return [...[...views, ...policies, ...projections].map(({ name }) => name), ...subscriptions];
}

/** What maintains one table of a view. */
export function viewProcessor(
  engine: ProcessorEngine,
  view: ViewDefinition,
  table: ViewTable,
): ProcessorParts {
  const worker = new ViewWorker({ ...engine, view, table, sources: sourcesOf(engine.service) });
  return withLease(engine, worker);
}

function withLease(
  engine: ProcessorEngine,
  worker: EventWorker,
  startAt: LeaseSettings["startAt"] = "beginning",
): ProcessorParts {
  return { ...engine, worker, settings: { ...engine.settings, startAt } };
}
