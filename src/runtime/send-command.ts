import { markId, marksCollection, marksName } from "../domain/reference-marks.ts";
import type { ServiceDefinition } from "../domain/service.ts";
import { MillraceError } from "../errors/millrace-error.ts";
import type { CommandCall, CommandResult } from "../message/command.ts";
import type { Metadata } from "../message/metadata.ts";
import type { Connection, Connections } from "../ports/connection.ts";
import type { CommandOutcome, CommandSide } from "./runtime.ts";

/** Takes a command that something in this service has issued to where it belongs. */
export type SendCommand = (command: IssuedCommand) => Promise<CommandResult>;

export interface IssuedCommand {
  readonly call: CommandCall;
  readonly commandId: string;
  readonly metadata: Metadata;
}

/** Sends to the service itself, or by its connections to others that it uses, or that refer to its aggregates. */
export function commandSender(
  { name, uses }: ServiceDefinition,
  commands: CommandSide,
  connections: Connections,
): SendCommand {
  return async ({ call, commandId, metadata }) => {
    const { service, aggregate, aggregateId, type, data } = call;
    if (service === undefined || service === name) {
      return resultOf(await commands.handle({ aggregate, aggregateId, type, data, commandId, metadata }));
    }
    if (aggregate === marksName(service)) {
      return connectionTo(connections, service).commands.send({
        aggregate,
        collection: marksCollection(service),
        aggregateId: markId(name, aggregateId),
        type,
        data,
        id: commandId,
        metadata,
      });
    }
    const contract = uses.find((used) => used.contract.name === service)?.contract;
    const described = contract?.document.aggregates[aggregate];
    if (described?.commands[type] === undefined) {
      throw new MillraceError(
        "command-unknown",
        contract === undefined
          ? `${type} goes to service ${service}, which ${name} does not declare among those that it uses.`
          : `The contract of ${service} has no command ${aggregate}.${type}.`,
        { data: { service, aggregate, type } },
      );
    }
    const { collection } = described;
    const transport = connectionTo(connections, service).commands;
    return transport.send({ aggregate, collection, aggregateId, type, data, id: commandId, metadata });
  };
}

/** What the issuer of a command is told of its outcome. */
export function resultOf(outcome: CommandOutcome): CommandResult {
  if (outcome.status === "refused") {
    return { status: "refused", code: outcome.code, detail: outcome.detail };
  }
  return { status: "accepted", aggregateId: outcome.aggregateId, version: outcome.version };
}

/** Throws `configuration-invalid` where nobody said how the service is reached. */
export function connectionTo(connections: Connections, service: string): Connection {
  const connection = Object.hasOwn(connections, service) ? connections[service] : undefined;
  if (connection !== undefined) return connection;
  throw new MillraceError(
    "configuration-invalid",
    `It is not configured how service ${service} is reached; expected its address under "services".`,
    { data: { service } },
  );
}
