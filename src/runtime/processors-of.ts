import type { PolicyDefinition } from "../domain/policy.ts";
import type { ServiceDefinition } from "../domain/service.ts";
import type { ViewDefinition } from "../domain/view.ts";
import type { ConnectedFunction } from "../ports/function-transport.ts";
import type { ViewTable } from "../ports/view-table.ts";
import type { EventWorker } from "./event-worker.ts";
import { subscriptionName } from "./followed-feed.ts";
import { InProcessReactor } from "./in-process-reactor.ts";
import type { LeaseSettings } from "./lease.ts";
import { PolicyWorker } from "./policy-worker.ts";
import type { ProcessorEngine } from "./processor-engine.ts";
import type { ProcessorParts } from "./processor-turns.ts";
import { ProjectionWorker } from "./projection-worker.ts";
import { connectionTo } from "./send-command.ts";
import { followedBy, refersTo, sourcesOf } from "./sources-of.ts";
import { SubscriptionWorker } from "./subscription-worker.ts";
import { ViewWorker } from "./view-worker.ts";

/** The policies, projections and subscriptions of a service. `waits`: whether a subscription waits for news, or takes what there is. */
export function processorsOf(engine: ProcessorEngine, waits: boolean): readonly ProcessorParts[] {
  const { service, connections } = engine;
  const parts = { ...engine, service: service.name, sources: sourcesOf(service) };
  const pushed = new Set(pushedPolicies(engine).map(({ policy }) => policy));
  const here = service.policies.filter((policy) => !pushed.has(policy));
  return [
    ...here.map((policy) =>
      withLease(
        engine,
        new PolicyWorker({ ...parts, policy, reactor: new InProcessReactor({ ...parts, policy }) }),
        policy.startAt,
      ),
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

/**
 * The policies that run as functions, and how they are reached. What tells instances of a process things is not among them: where the
 * process runs as a function, that is where it decides.
 */
export function pushedPolicies({
  service,
  functions,
}: Pick<ProcessorEngine, "service" | "functions">): readonly {
  readonly policy: PolicyDefinition;
  readonly connected: ConnectedFunction;
}[] {
  const parts = new Set(service.processes.flatMap(({ policies }) => policies));
  return service.policies.flatMap((policy) => {
    const connected = functions[policy.name];
    return connected?.takes === "events" && !parts.has(policy) ? [{ policy, connected }] : [];
  });
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

/** Gives what a processor does a lease on its work. */
export function withLease(
  engine: ProcessorEngine,
  worker: EventWorker,
  startAt: LeaseSettings["startAt"] = "beginning",
): ProcessorParts {
  return { ...engine, worker, settings: { ...engine.settings, startAt } };
}
