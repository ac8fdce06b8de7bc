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
  readonly expectedVersion: CommandRequest["expectedVersion"] | undefined;
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
  const identity = identify(definition, request, maxDepth);
  const command = commandOf(definition, identity, now, request.type, request.data);
  const creates = definition.creates === request.type;
  const sent = [definition.name, request.aggregateId ?? null, request.type, request.data];
  return prepared(request, identity, request.type, creates, sent, () => command);
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
  const identity = identify(definition, request, maxDepth);
  const map = accepted.toCommand as (body: unknown, state: AnyState) => MappedEvent;
  const sent = [definition.name, request.aggregateId ?? null, eventLabel, request.body];
  return prepared(request, identity, eventLabel, false, sent, (state) => {
    let mapped: MappedEvent;
    try {
      mapped = map(parsed.value, state);
    } catch (cause) {
      throw domainThrew(`acceptsEvents of ${definition.name}`, cause);
    }
    return "refused" in mapped ? mapped : commandOf(definition, identity, now, mapped.type, mapped.data);
  });
}

type MappedEvent = { readonly type: string; readonly data: unknown } | Refusal;

/** What both kinds of requests have in common. */
type AnyRequest = Omit<CommandRequest, "type" | "data">;

interface Identity {
  readonly commandId: string;
  readonly aggregateId: string;
  /** See `PreparedCommand`. */
  readonly repeatable: boolean;
  readonly metadata: Command["metadata"];
}

function identify(definition: AggregateDefinition, request: AnyRequest, maxDepth: number): Identity {
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
  const commandId =
    idempotencyKey === undefined
      ? (request.commandId ?? newId())
      : commandIdOfKey(metadata.actor, idempotencyKey);
  const aggregateId = request.aggregateId ?? commandId;
  if (!isAggregateId(aggregateId)) {
    throw new MillraceError(
      "request-malformed",
      `The id of ${definition.name} has 1 to 200 of the characters A-Z a-z 0-9 . _ : ~ @ - and starts with a letter or digit; found ${JSON.stringify(aggregateId.slice(0, 250))}.`,
    );
  }
  return {
    commandId,
    aggregateId,
    repeatable,
    metadata: { ...metadata, correlationId: metadata.correlationId ?? commandId, depth },
  };
}

function prepared(
  request: AnyRequest,
  { commandId, aggregateId, repeatable }: Identity,
  label: string,
  creates: boolean,
  sent: readonly unknown[],
  toCommand: PreparedCommand["toCommand"],
): PreparedCommand {
  return {
    label,
    // Nobody can repeat an id that was made here, so its fingerprint is never compared.
    key: { id: commandId, fingerprint: repeatable ? fingerprintOf(sent) : "" },
    aggregateId,
    creates,
    repeatable,
    expectedVersion: request.expectedVersion,
    traceparent: request.metadata?.traceparent,
    toCommand,
  };
}

function commandOf(
  definition: AggregateDefinition,
  { commandId, aggregateId, metadata }: Identity,
  now: number,
  type: string,
  data: unknown,
): Command {
  return {
    type,
    data: validData(definition, type, data),
    id: commandId,
    aggregateId,
    receivedAt: new Date(now).toISOString(),
    metadata,
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
