import type { AggregateDefinition } from "../domain/aggregate-definition.ts";
import type { Situation } from "../domain/decide.ts";
import type { Decision } from "../domain/decision.ts";
import type { ProcessDefinition } from "../domain/process.ts";
import type { ServiceDefinition } from "../domain/service.ts";
import { MillraceError } from "../errors/millrace-error.ts";
import type { Command } from "../message/command.ts";
import type { RecordedEvent } from "../message/event.ts";
import { streamName } from "../message/stream.ts";
import type { ConnectedFunction, ConnectedFunctions } from "../ports/function-transport.ts";
import { errorOf } from "./push-event.ts";

/** Has a command decided on where no store is: it is given the state. */
export type DecideElsewhere = (command: Command, before: Situation) => Promise<Decision>;

/** The processes that run as functions: an instance is told there what there is to tell, and what it decides is appended here. */
export function decidersOf(
  service: ServiceDefinition,
  functions: ConnectedFunctions,
): ReadonlyMap<AggregateDefinition, DecideElsewhere> {
  return new Map(
    service.processes.flatMap((process) => {
      const connected = functions[process.name];
      return connected?.takes === "events"
        ? [[process.aggregate, decideByFunction(service.name, process, connected)] as const]
        : [];
    }),
  );
}

function decideByFunction(
  service: string,
  { name, aggregate }: ProcessDefinition,
  { transport }: ConnectedFunction,
): DecideElsewhere {
  return async (command, { state, version }) => {
    const told = command.type === "Receive" ? (command.data as RecordedEvent).type : command.type;
    const [result] = await transport.push(
      [
        {
          specversion: "1.0",
          // Whatever came in between has made another instance of it.
          id: `${command.id}/${version}`,
          source: service,
          type: told,
          subject: command.aggregateId,
          time: command.receivedAt,
          datacontenttype: "application/json",
          partitionkey: streamName(aggregate.name, command.aggregateId),
          data: { command, instance: state },
        },
      ],
      undefined,
    );
    if (result?.status === "decided") return result.events;
    if (result?.status === "failed") throw errorOf(result.error);
    throw new MillraceError(
      "service-refused",
      `The function of process ${name} answered ${JSON.stringify(result?.status)}; expected what it has decided.`,
    );
  };
}
