import type { ServiceDefinition } from "../domain/service.ts";
import { MillraceError } from "../errors/millrace-error.ts";
import type { ConnectedFunction } from "../ports/function-transport.ts";
import { DoorbellWorker } from "./doorbell-worker.ts";
import { FunctionReactor } from "./function-reactor.ts";
import { PolicyWorker } from "./policy-worker.ts";
import { type ProcessorEngine, processorEngine } from "./processor-engine.ts";
import { ProcessorLoop } from "./processor-loop.ts";
import type { ProcessorParts } from "./processor-turns.ts";
import { processorNames, pushedPolicies, withLease } from "./processors-of.ts";
import type { ServiceParts } from "./service-parts.ts";
import { sourcesOf } from "./sources-of.ts";

/** What takes events to functions, from a start to a stop. */
export interface RelaySide {
  start(): void;
  stop(): Promise<void>;
  /** Has a processor looked at at once. */
  nudge(processor?: string): void;
}

/** Makes what takes events to the functions of a service. Throws `configuration-invalid` for one that it has no processor for. */
export function relaySide(parts: ServiceParts): RelaySide {
  const loops = pushersOf(parts.get(processorEngine)).map((pusher) => new ProcessorLoop(pusher));
  return {
    start() {
      for (const loop of loops) loop.start();
    },
    async stop() {
      await Promise.all(loops.map((loop) => loop.stop()));
    },
    nudge(processor) {
      for (const loop of loops) if (loop.worker.processor === processor) loop.nudge();
    },
  };
}

/** What takes events to functions: to policies what they need, under the lease of their processor; to others a ring. */
export function pushersOf(engine: ProcessorEngine): readonly ProcessorParts[] {
  const { service, functions, events } = engine;
  for (const [name, connected] of Object.entries(functions)) requireProcessor(service, name, connected);
  const pushed = pushedPolicies(engine).map(({ policy, connected }) => {
    const reactor = new FunctionReactor({ ...engine, policy, connected });
    const worker = new PolicyWorker({ ...engine, policy, reactor, sources: sourcesOf(service) });
    return withLease(engine, worker, policy.startAt);
  });
  const rung = Object.entries(functions).flatMap(([name, { takes, transport }]) => {
    if (takes !== "doorbell") return [];
    const types = typesOf(service, name);
    const parts = { ...engine, service: service.name, name, transport, types, events };
    return withLease(engine, new DoorbellWorker(parts));
  });
  return [...pushed, ...rung];
}

/** The types of events that a processor handles. */
function typesOf({ views, policies, projections }: ServiceDefinition, name: string): readonly string[] {
  const handlers = [...views, ...policies, ...projections].filter((processor) => processor.name === name);
  return handlers.flatMap(({ on }) => Object.keys(on));
}

function requireProcessor(service: ServiceDefinition, name: string, { takes }: ConnectedFunction): void {
  const internal = new Set(
    service.processes.flatMap(({ name: process, policies, deadlines }) =>
      [...policies, deadlines].map((part) => part.name).filter((part) => part !== process),
    ),
  );
  const known =
    takes === "doorbell" ? processorNames(service) : service.policies.map((policy) => policy.name);
  const expected = known.filter((each) => !internal.has(each));
  if (expected.includes(name)) return;
  throw new MillraceError(
    "configuration-invalid",
    `Service ${service.name} has nothing called ${JSON.stringify(name)} that a function could take ${takes === "doorbell" ? "rings" : "events"} for; expected among ${expected.join(", ") || "none"}.`,
  );
}
