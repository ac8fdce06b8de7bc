import type { AggregateDefinition } from "../domain/aggregate-definition.ts";
import type { Refusal } from "../domain/decision.ts";
import { type AnyState, domainThrew } from "../domain/fold.ts";
import { parse } from "../domain/schema.ts";
import { MillraceError } from "../errors/millrace-error.ts";
import type { Command } from "../message/command.ts";
import { commandIdOfKey, newId } from "../message/id.ts";
import { fingerprintOf } from "../message/json.ts";
import { isAggregateId } from "../message/stream.ts";
import type { CommandKey } from "../ports/event-store.ts";
import type { CommandRequest, EventRequest } from "./runtime.ts";

/** A request to change an aggregate that is valid in itself. */
export interface PreparedCommand {
  /** The command's type, or that of an event-shaped request: for metrics. */
  readonly label: string;
  readonly key: CommandKey;
  readonly aggregateId: string;
  /** Whether it may begin the stream, and must. */
  readonly creates: boolean;
  /** Whether anyone could send it again: its id was chosen by the caller or follows from an event. */
  readonly repeatable: boolean;
  readonly expectedVersion: number | "none" | undefined;
  readonly traceparent: string | undefined;
  /** The command; an event-shaped request says only in view of the state which one it is, or that it is refused. */
  readonly toCommand: (state: AnyState) => Command | Refusal;
}

/** Longer keys are no keys but payloads. */
const maxKeyLength = 255;

/** What an event-shaped request counts as, beside the types of commands. */
const eventLabel = "(event)";

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
  const complete = completer(definition, request, now, maxDepth);
  const command = complete.toCommand(request.type, request.data);
  return {
    ...complete.prepared(request.type, [request.type, request.data]),
    creates: definition.creates === request.type,
    toCommand: () => command,
  };
}

/**
 * The same for an event-shaped request: its key stands for the body as sent, whatever command the aggregate's state makes of it.
 * Rejects with `method-not-allowed` where the aggregate takes none.
 */
export function prepareEvent(
  definition: AggregateDefinition,
  request: EventRequest,
  now: number,
  maxDepth: number,
): PreparedCommand {
  const accepted = definition.acceptsEvents;
  if (accepted === undefined) {
    throw new MillraceError("method-not-allowed", `${definition.name} accepts no events: send a command.`);
  }
  const parsed = parse(accepted.schema, request.body);
  if (parsed.issues !== undefined) {
    throw new MillraceError(
      "data-invalid",
      `The event does not fit what ${definition.name} accepts: ${parsed.issues.map((issue) => `${issue.pointer || "/"} ${issue.message}`).join("; ")}.`,
      { data: { aggregate: definition.name, issues: parsed.issues } },
    );
  }
  const complete = completer(definition, request, now, maxDepth);
  const map = accepted.toCommand as (body: unknown, state: AnyState) => MappedEvent;
  return {
    ...complete.prepared(eventLabel, [eventLabel, request.body]),
    creates: false,
    toCommand: (state) => {
      let mapped: MappedEvent;
      try {
        mapped = map(parsed.value, state);
      } catch (cause) {
        throw domainThrew(`acceptsEvents of ${definition.name}`, cause);
      }
      return "refused" in mapped ? mapped : complete.toCommand(mapped.type, mapped.data);
    },
  };
}

type MappedEvent = { readonly type: string; readonly data: unknown } | Refusal;

/** What both kinds of requests have in common: ids, key, metadata. */
function completer(
  definition: AggregateDefinition,
  request: Omit<CommandRequest, "type" | "data">,
  now: number,
  maxDepth: number,
) {
  const { idempotencyKey, metadata = {} } = request;
  const depth = metadata.depth ?? 0;
  if (depth > maxDepth) {
    throw new MillraceError(
      "causation-too-deep",
      `This is ${depth} reactions away from the request that set it off, and ${maxDepth} are allowed: do two policies answer each other in a loop?`,
      { data: { aggregate: definition.name, depth, maxDepth, correlationId: metadata.correlationId } },
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
    prepared: (label: string, asked: readonly unknown[]) => ({
      label,
      aggregateId,
      repeatable,
      expectedVersion: request.expectedVersion,
      traceparent: metadata.traceparent,
      // Nobody can repeat an id that was made here, so its fingerprint is never compared.
      key: {
        id,
        fingerprint: repeatable
          ? fingerprintOf([definition.name, request.aggregateId ?? null, ...asked])
          : "",
      },
    }),
    toCommand: (type: string, data: unknown): Command => ({
      type,
      data: validData(definition, type, data),
      id,
      aggregateId,
      receivedAt: new Date(now).toISOString(),
      metadata: { ...metadata, correlationId: metadata.correlationId ?? id, depth },
    }),
  };
}

function validData(definition: AggregateDefinition, type: string, data: unknown): unknown {
  const schema = Object.hasOwn(definition.commands, type) ? definition.commands[type] : undefined;
  if (schema === undefined) {
    throw new MillraceError(
      "command-unknown",
      `${definition.name} has no command ${JSON.stringify(type)}; expected one of ${Object.keys(definition.commands).join(", ")}.`,
      { data: { aggregate: definition.name, command: type } },
    );
  }
  const parsed = parse(schema, data);
  if (parsed.issues === undefined) return parsed.value;
  throw new MillraceError(
    "data-invalid",
    `The data of ${type} does not fit its schema: ${parsed.issues.map((issue) => `${issue.pointer || "/"} ${issue.message}`).join("; ")}.`,
    { data: { aggregate: definition.name, command: type, issues: parsed.issues } },
  );
}
