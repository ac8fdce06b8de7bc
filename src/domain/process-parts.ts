import type { CommandCall } from "../message/command.ts";
import type { RecordedEvent } from "../message/event.ts";
import { isAggregateId, streamName } from "../message/stream.ts";
import type { AggregateDefinition } from "./aggregate-definition.ts";
import type { EventSourceDefinition } from "./event-source.ts";
import { defaultTimeoutMs, type PolicyContext, type PolicyDefinition } from "./policy.ts";
import type { ProcessHandlers } from "./process-handlers.ts";
import type {
  ProcessCommands,
  ProcessEvents,
  RequestedCommand,
  ScheduledDeadline,
} from "./process-instance.ts";
import { ownSchema } from "./schema.ts";
import type { ViewDefinition } from "./view.ts";

/** The name of what hands events to the instances of a process is the process's own. */
export function receiving(
  name: string,
  from: readonly EventSourceDefinition[],
  startAt: "head" | "beginning",
  handlers: ProcessHandlers,
  aggregate: AggregateDefinition,
): PolicyDefinition {
  const receive = (event: RecordedEvent): CommandCall | undefined => {
    const instance = handlers.correlate(event);
    return instance === undefined ? undefined : tell(aggregate, instance, "Receive", event);
  };
  const types = new Set([...handlers.begins, ...Object.keys(handlers.on)]);
  return {
    name,
    from,
    startAt,
    timeoutMs: defaultTimeoutMs,
    sequence: (event) => {
      const instance = handlers.correlate(event);
      return instance !== undefined && isAggregateId(instance)
        ? streamName(aggregate.name, instance)
        : undefined;
    },
    on: Object.fromEntries([...types].map((type) => [type, receive])),
  };
}

/**
 * What sends the commands of the instances, and hands back the answers: those of an instance to one service in their order, and none of them
 * behind one to a service that cannot be reached.
 */
export function answering(name: string, aggregate: AggregateDefinition): PolicyDefinition {
  return {
    name: `${name}-commands`,
    from: [aggregate],
    startAt: "beginning",
    timeoutMs: defaultTimeoutMs,
    sequence: ({ stream, data }) => {
      const { service } = (data as RequestedCommand).call;
      return service === undefined ? undefined : `${stream}/${service}`;
    },
    on: {
      CommandRequested: async ({ aggregateId, data }: RecordedEvent, { send }: PolicyContext) => {
        const { number, call } = data as RequestedCommand;
        const { status, ...told } = await send(call);
        const result =
          "code" in told
            ? { status, code: told.code, detail: told.detail }
            : { status, aggregateId: told.aggregateId, version: told.version };
        return tell(aggregate, aggregateId, "Answer", { number, result } as ProcessCommands["Answer"]);
      },
    },
  };
}

/** What tells an instance that a deadline has passed. */
export function passing(
  aggregate: AggregateDefinition,
  aggregateId: string,
  { deadline, number }: Pick<ScheduledDeadline, "deadline" | "number">,
): CommandCall {
  return tell(aggregate, aggregateId, "PassDeadline", { deadline, number });
}

function tell<K extends keyof ProcessCommands>(
  { name }: AggregateDefinition,
  aggregateId: string,
  type: K,
  data: ProcessCommands[K],
): CommandCall {
  return { aggregate: name, aggregateId, type, data };
}

/** A row of the table of timers. */
export interface DeadlineRow {
  /** Epoch milliseconds of the first deadline to pass. */
  readonly next: number;
  readonly deadlines: Readonly<Record<string, TimedDeadline>>;
}

export interface TimedDeadline {
  readonly number: number;
  /** Epoch milliseconds. */
  readonly at: number;
  /** Of what led to it. */
  readonly correlationId: string;
}

/** The table of timers of a process, folded from its streams. */
export function deadlinesOf(name: string, aggregate: AggregateDefinition): ViewDefinition {
  const without = (row: unknown, { data }: RecordedEvent) => {
    const { deadline } = data as ProcessEvents["DeadlinePassed"];
    const { [deadline]: _, ...left } = (row as DeadlineRow | undefined)?.deadlines ?? {};
    return rowOf(left);
  };
  return {
    name: `${name}-deadlines`,
    version: 1,
    from: [aggregate],
    schema: deadlineRowSchema,
    indexes: [{ name: "next", type: "number" }],
    key: undefined,
    on: {
      DeadlineScheduled: (row, { data, metadata }) => {
        const { deadline, number, at } = data as ScheduledDeadline;
        return rowOf({
          ...(row as DeadlineRow | undefined)?.deadlines,
          [deadline]: { number, at: Date.parse(at), correlationId: metadata.correlationId },
        });
      },
      DeadlineCancelled: without,
      DeadlinePassed: without,
      ProcessEnded: () => undefined,
    },
  };
}

function rowOf(deadlines: DeadlineRow["deadlines"]): DeadlineRow | undefined {
  const times = Object.values(deadlines).map(({ at }) => at);
  return times.length === 0 ? undefined : { next: Math.min(...times), deadlines };
}

const deadlineRowSchema = ownSchema({
  type: "object",
  properties: {
    next: { type: "number" },
    deadlines: {
      type: "object",
      additionalProperties: {
        type: "object",
        properties: {
          number: { type: "integer" },
          at: { type: "number" },
          correlationId: { type: "string" },
        },
        required: ["number", "at", "correlationId"],
      },
    },
  },
  required: ["next", "deadlines"],
});
