import type { ServiceDefinition } from "../domain/service.ts";
import { MillraceError } from "../errors/millrace-error.ts";
import { newId } from "../message/id.ts";
import type { DeadlineTimer } from "./deadline-timer.ts";
import type { DrainReport, DrainRequest } from "./drain.ts";
import { type DrainResult, drainProcessor } from "./drain-processor.ts";
import { passTime } from "./pass-time.ts";
import type { ProcessorEngine } from "./processor-engine.ts";
import type { ProcessorParts } from "./processor-turns.ts";
import { processorNames, processorsOf, viewProcessor } from "./processors-of.ts";
import { pushersOf } from "./relay-side.ts";
import { SharedRest } from "./shared-rest.ts";
import { ensureTables } from "./view-tables.ts";
import { ViewUpkeep } from "./view-upkeep.ts";

/** Does what there is to do for processors of a service, and leaves. */
export async function drainService(
  engine: ProcessorEngine,
  timer: DeadlineTimer,
  { maxMs, processors }: DrainRequest,
): Promise<DrainReport> {
  const { service, events, states, clock, telemetry } = engine;
  const asked = processors && partsOf(service, processors);
  const isAsked = (name: string) => asked?.has(name) ?? true;
  const until = clock.elapsed() + maxMs;
  // A worker of its own, so that another drain in this process is as good as one elsewhere.
  const own = { ...engine, settings: { ...engine.settings, workerId: newId() } };
  const all = new Map<string, ProcessorParts>();
  const pushers = engine.roles.has("relay") ? pushersOf(own) : [];
  for (const parts of [...processorsOf(own, false), ...pushers]) {
    if (isAsked(parts.worker.name)) all.set(parts.worker.processor, parts);
  }
  const views = service.views.filter(({ name }) => isAsked(name));
  await ensureTables(states, views);
  const upkeep = new ViewUpkeep(
    { views, states, telemetry, isGone: own.settings.isGone },
    {
      begin: (view, table) => {
        const parts = viewProcessor(own, view, table);
        if (!all.has(parts.worker.processor)) all.set(parts.worker.processor, parts);
      },
      end: async (processor) => void all.delete(processor),
      forward: async (processor) => {
        const parts = all.get(processor);
        return parts !== undefined && (await drainProcessor(parts, until)).isCaughtUp;
      },
    },
  );
  if (views.length > 0) await upkeep.look();
  const passDue = async () => {
    deadlineInMs = await timer.passDue(isAsked);
  };
  let deadlineInMs = Number.POSITIVE_INFINITY;
  await passDue();
  const rest = new SharedRest(events, all.size, passDue);
  const over = new AbortController();
  const timeOver = passTime(clock, until - clock.elapsed(), over.signal).then(() => rest.end());
  const ends = await Promise.allSettled(
    [...all.values()].map((parts) => drainUntilAllRest(parts, until, rest)),
  );
  over.abort();
  await timeOver;
  const failed = ends.find(({ status }) => status === "rejected") as PromiseRejectedResult | undefined;
  const failure: unknown = failed?.reason ?? rest.failure;
  if (failure !== undefined) throw failure;
  const results = ends.flatMap((end) => (end.status === "fulfilled" ? end.value : []));
  const nextInMs = Math.min(deadlineInMs, ...results.map(({ retryInMs }) => retryInMs));
  return {
    caughtUp: results.every(({ isCaughtUp }) => isCaughtUp),
    ...(Number.isFinite(nextInMs) ? { nextAt: Math.ceil(clock.now() + Math.max(0, nextInMs)) } : {}),
  };
}

/** Drains a processor for as long as any of those that share its rest brings it something to do. */
async function drainUntilAllRest(
  parts: ProcessorParts,
  until: number,
  rest: SharedRest,
): Promise<DrainResult> {
  try {
    for (;;) {
      const result = await drainProcessor(parts, until);
      if (!result.isCaughtUp || !(await rest.rest(result.seen))) {
        rest.leave();
        return result;
      }
    }
  } catch (error) {
    rest.leave();
    throw error;
  }
}

/** The names of processors, with those of which a process is made in the place of its own. */
function partsOf(service: ServiceDefinition, names: readonly string[]): ReadonlySet<string> {
  const known = processorNames(service);
  return new Set(
    names.flatMap((name) => {
      const process = service.processes.find((declared) => declared.name === name);
      if (process !== undefined) return [...process.policies, process.deadlines].map((part) => part.name);
      if (known.includes(name)) return name;
      throw new MillraceError(
        "processor-not-found",
        `Service ${service.name} has no processor ${JSON.stringify(name)}; expected among ${known.join(", ") || "none"}.`,
        { data: { processor: name } },
      );
    }),
  );
}
