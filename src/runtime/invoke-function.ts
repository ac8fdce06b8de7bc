import { decide } from "../domain/decide.ts";
import { readEvent } from "../domain/fold.ts";
import type { PolicyDefinition } from "../domain/policy.ts";
import type { ProcessDefinition } from "../domain/process.ts";
import { MillraceError } from "../errors/millrace-error.ts";
import type { CommandCall, CommandResult } from "../message/command.ts";
import type { DomainEvent, RecordedEvent } from "../message/event.ts";
import { aggregateLoader } from "./command-side.ts";
import { InProcessReactor } from "./in-process-reactor.ts";
import { type ProcessorEngine, processorEngine } from "./processor-engine.ts";
import type { ServiceParts } from "./service-parts.ts";

export interface Invocation {
  readonly name: string;
  /** Of the event in the log. */
  readonly position: number;
  /** Whether nothing is dispatched or persisted. What a policy does outside, it does all the same. */
  readonly dryRun: boolean;
}

/** What came of it. */
export interface InvocationReport {
  readonly event: RecordedEvent;
  /** The commands of a policy, in order, and what became of each; of a dry run none is known, and each counts as accepted. */
  readonly commands: readonly { readonly call: CommandCall; readonly result?: CommandResult }[];
  /** What an instance of a process would record; absent for a policy. */
  readonly events?: readonly DomainEvent[];
}

/**
 * Runs a policy or a process here on one event of the log, whatever it has handled before. Commands have their derived ids, so those that were
 * sent before act no second time (G7). Rejects with `processor-not-found` for what is neither, with `request-malformed` for an event that it does not
 * handle, and with what the reaction throws.
 */
export async function invokeFunction(
  parts: ServiceParts,
  { name, position, dryRun }: Invocation,
): Promise<InvocationReport> {
  const engine = parts.get(processorEngine);
  const { service } = engine;
  const process = service.processes.find((declared) => declared.name === name);
  const policy = service.policies.find((declared) => declared.name === name);
  if (policy === undefined) throw unknown(engine, name);
  const event = await eventAt(engine, policy, position);
  return process === undefined
    ? react(engine, policy, event, dryRun)
    : tell(parts, engine, policy, process, event, dryRun);
}

async function eventAt(
  { events }: ProcessorEngine,
  policy: PolicyDefinition,
  position: number,
): Promise<RecordedEvent> {
  const { events: found } = await events.readLog({ after: position - 1, limit: 1 });
  const [event] = found;
  if (event?.position !== position) {
    throw new MillraceError(
      "request-malformed",
      `The log has no event at position ${position}; it ends at ${(await events.head()).position}.`,
    );
  }
  const isFrom = policy.from.some((source) => source.name === event.category);
  if (isFrom && policy.on[event.type] !== undefined) return event;
  throw new MillraceError(
    "request-malformed",
    `${policy.name} handles ${Object.keys(policy.on).join(", ")} of ${policy.from.map((source) => source.name).join(", ")}; at position ${position} is ${event.type} of ${event.category}.`,
  );
}

async function react(
  engine: ProcessorEngine,
  policy: PolicyDefinition,
  event: RecordedEvent,
  dryRun: boolean,
): Promise<InvocationReport> {
  const commands: { readonly call: CommandCall; readonly result?: CommandResult }[] = [];
  const reactor = new InProcessReactor({
    ...engine,
    policy,
    service: engine.service.name,
    async send(issued) {
      if (dryRun) {
        commands.push({ call: issued.call });
        return { status: "accepted", aggregateId: issued.call.aggregateId, version: 0 };
      }
      const result = await engine.send(issued);
      commands.push({ call: issued.call, result });
      return result;
    },
  });
  const { error } = await reactor.react([event], new AbortController().signal);
  if (error !== undefined) throw error;
  return { event, commands };
}

async function tell(
  parts: ServiceParts,
  engine: ProcessorEngine,
  policy: PolicyDefinition,
  { aggregate }: ProcessDefinition,
  event: RecordedEvent,
  dryRun: boolean,
): Promise<InvocationReport> {
  if (!dryRun) return react(engine, policy, event, false);
  const { commands } = await react(engine, policy, event, true);
  const [told] = commands;
  if (told === undefined) return { event, commands: [], events: [] };
  const source = policy.from.find((declared) => declared.name === event.category);
  const before = await parts.get(aggregateLoader).load(aggregate, told.call.aggregateId, true);
  const decided = decide(aggregate, before, {
    type: told.call.type,
    data: source === undefined ? event : readEvent(source, event),
    id: event.id,
    aggregateId: told.call.aggregateId,
    receivedAt: new Date(engine.clock.now()).toISOString(),
    metadata: event.metadata,
  });
  const events = "refused" in decided ? [] : decided.events.map(({ type, data }) => ({ type, data }));
  const sent = events.flatMap(({ type, data }) =>
    type === "CommandRequested" ? [{ call: (data as { readonly call: CommandCall }).call }] : [],
  );
  return { event, commands: sent, events };
}

function unknown({ service }: ProcessorEngine, name: string): MillraceError {
  const parts = new Set(
    service.processes.flatMap(({ name: process, policies }) =>
      policies.map((policy) => policy.name).filter((policy) => policy !== process),
    ),
  );
  const known = service.policies.map((policy) => policy.name).filter((policy) => !parts.has(policy));
  return new MillraceError(
    "processor-not-found",
    `Service ${service.name} has no policy or process ${JSON.stringify(name)}; expected one of ${known.join(", ") || "none"}.`,
    { data: { processor: name } },
  );
}
