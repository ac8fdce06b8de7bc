import type { AggregateDefinition } from "../domain/aggregate-definition.ts";
import { parse } from "../domain/schema.ts";
import { MillraceError } from "../errors/millrace-error.ts";
import type { Command } from "../message/command.ts";
import { commandIdOfKey, newId } from "../message/id.ts";
import { fingerprintOf } from "../message/json.ts";
import { isAggregateId } from "../message/stream.ts";
import type { CommandKey } from "../ports/event-store.ts";
import type { CommandRequest } from "./runtime.ts";

/** A command that is valid in itself. */
export interface PreparedCommand {
  readonly command: Command;
  readonly key: CommandKey;
  /** Whether anyone could send it again: its id was chosen by the caller or follows from an event. */
  readonly repeatable: boolean;
  readonly expectedVersion: number | "none" | undefined;
}

/** Longer keys are no keys but payloads. */
const maxKeyLength = 255;

/**
 * Validates a request and completes it to a command. Rejects with `command-unknown`, `data-invalid`,
 * `request-malformed` and `causation-too-deep`.
 */
export function prepareCommand(
  definition: AggregateDefinition,
  request: CommandRequest,
  now: number,
  maxDepth: number,
): PreparedCommand {
  const { type, idempotencyKey, metadata = {} } = request;
  const schema = Object.hasOwn(definition.commands, type) ? definition.commands[type] : undefined;
  if (schema === undefined) {
    throw new MillraceError(
      "command-unknown",
      `${definition.name} has no command ${JSON.stringify(type)}; expected one of ${Object.keys(definition.commands).join(", ")}.`,
      { data: { aggregate: definition.name, command: type } },
    );
  }
  const parsed = parse(schema, request.data);
  if (parsed.issues !== undefined) {
    throw new MillraceError(
      "data-invalid",
      `The data of ${type} does not fit its schema: ${parsed.issues.map((issue) => `${issue.pointer || "/"} ${issue.message}`).join("; ")}.`,
      { data: { aggregate: definition.name, command: type, issues: parsed.issues } },
    );
  }
  const depth = metadata.depth ?? 0;
  if (depth > maxDepth) {
    throw new MillraceError(
      "causation-too-deep",
      `${type} is ${depth} reactions away from the request that set it off, and ${maxDepth} are allowed: do two policies answer each other in a loop?`,
      {
        data: {
          aggregate: definition.name,
          command: type,
          depth,
          maxDepth,
          correlationId: metadata.correlationId,
        },
      },
    );
  }
  if (idempotencyKey !== undefined && (idempotencyKey === "" || idempotencyKey.length > maxKeyLength)) {
    throw new MillraceError(
      "request-malformed",
      `An idempotency key has 1 to ${maxKeyLength} characters; found ${idempotencyKey.length}.`,
    );
  }
  const repeatable = idempotencyKey !== undefined || request.commandId !== undefined;
  const id =
    idempotencyKey === undefined
      ? (request.commandId ?? newId())
      : commandIdOfKey(metadata.actor, idempotencyKey);
  const aggregateId = request.aggregateId ?? id;
  if (!isAggregateId(aggregateId)) {
    throw new MillraceError(
      "request-malformed",
      `The id of ${definition.name} has 1 to 200 of the characters A-Z a-z 0-9 . _ : ~ @ - and starts with a letter or digit; found ${JSON.stringify(aggregateId.slice(0, 250))}.`,
    );
  }
  return {
    command: {
      type,
      data: parsed.value,
      id,
      aggregateId,
      receivedAt: new Date(now).toISOString(),
      metadata: { ...metadata, correlationId: metadata.correlationId ?? id, depth },
    },
    // Nobody can repeat an id that was made here, so its fingerprint is never compared.
    key: {
      id,
      fingerprint: repeatable
        ? fingerprintOf([definition.name, request.aggregateId ?? null, type, request.data])
        : "",
    },
    repeatable,
    expectedVersion: request.expectedVersion,
  };
}
