import { MillraceError } from "../errors/millrace-error.ts";
import { CommandRetention } from "./command-retention.ts";
import { DeadlineTimer } from "./deadline-timer.ts";
import type { DrainReport, DrainRequest } from "./drain.ts";
import { drainService } from "./drain-service.ts";
import { processorEngine } from "./processor-engine.ts";
import { ProcessorSet } from "./processor-set.ts";
import { connectionTo } from "./send-command.ts";
import type { ServiceCore, ServiceParts } from "./service-parts.ts";
import { followedBy } from "./sources-of.ts";
import { ensureTables } from "./view-tables.ts";

/** The processors of a service: run from a start to a stop, or drained where nothing may run on by itself. */
export interface ProcessorSide {
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Has a processor of this process, or the tables of all views, looked at at once. */
  nudge(processor?: string): void;
  /** See `Runtime.drain`. */
  drain(request: DrainRequest): Promise<DrainReport>;
}

/** Makes the processors of a service. Throws `configuration-invalid` for what they need and do not have. */
export function processorSide(parts: ServiceParts): ProcessorSide {
  const { service, states, connections, settings } = parts.core;
  const { policies, processes, views } = service;
  requireTransactions(parts.core);
  for (const { contract } of followedBy(service)) connectionTo(connections, contract.name);
  const engine = parts.get(processorEngine);
  const timer = new DeadlineTimer({ ...engine, processes });
  const processors = new ProcessorSet(engine);
  const { workerId, keepCommandsForDays: keepDays } = settings;
  const retention = new CommandRetention({ ...engine, policies, workerId, keepDays });
  return {
    async start() {
      await ensureTables(states, views);
      await processors.start();
      retention.start();
      timer.start();
    },
    async stop() {
      await retention.stop();
      await timer.stop();
      await processors.stop();
    },
    nudge: (processor) => processors.nudge(processor),
    drain: (request) => drainService(engine, timer, request),
  };
}

function requireTransactions({ service, events, states }: ServiceCore): void {
  const [projection] = service.projections;
  if (projection === undefined || projection.transactions === states.transactions) return;
  throw new MillraceError(
    "configuration-invalid",
    `Projection ${projection.name} needs transactions of ${projection.transactions}, which PostgreSQL hands out; found the ${events.capabilities.name} store.`,
  );
}
