import { MillraceError } from "../errors/millrace-error.ts";
import type { DecidedEvent, RecordedEvent } from "../message/event.ts";
import type { AggregateDefinition } from "./aggregate-definition.ts";
import { eventOptionsOf } from "./event-definition.ts";
import type { EventSourceDefinition } from "./event-source.ts";
import { parse, type Schema } from "./schema.ts";

/** A state as the runtime carries it: of which aggregate is known from where it stands. */
export type AnyState = { readonly status: string };

/**
 * A recorded event with its data in the current version, still on the input side of its schema: as clients see it. Throws
 * `event-type-unknown` for an event that only a newer version of the service can know, and `event-unreadable` for one that is older
 * than the upcasters of a contract.
 */
export function upcastEvent(definition: EventSourceDefinition, recorded: RecordedEvent): RecordedEvent {
  const schema = Object.hasOwn(definition.events, recorded.type)
    ? definition.events[recorded.type]
    : undefined;
  const { version = 1, upcast = {} } = schema === undefined ? {} : eventOptionsOf(schema);
  if (schema === undefined || recorded.schemaVersion > version) {
    const known = schema === undefined ? "no such event" : `its version ${version}`;
    throw new MillraceError(
      "event-type-unknown",
      `The log holds ${recorded.type} of version ${recorded.schemaVersion} at position ${recorded.position}, but this service knows ${known} of ${definition.name}: a newer version of the service must read it.`,
      { data: { type: recorded.type, position: recorded.position, schemaVersion: recorded.schemaVersion } },
    );
  }
  if (recorded.schemaVersion === version) return recorded;
  // Those of an aggregate begin at 1; those of a contract may begin later.
  if (upcast[recorded.schemaVersion] === undefined) {
    throw new MillraceError(
      "event-unreadable",
      `${recorded.type} at position ${recorded.position} has version ${recorded.schemaVersion}, from which no upcaster of ${definition.name} leads to version ${version}.`,
      { data: { type: recorded.type, position: recorded.position, schemaVersion: recorded.schemaVersion } },
    );
  }
  let data = recorded.data;
  try {
    for (let from = recorded.schemaVersion; from < version; from++) data = upcast[from]?.(data as never);
  } catch (cause) {
    throw domainThrew(`the upcaster of ${definition.name}.${recorded.type}`, cause, recorded);
  }
  return withData(recorded, data, version);
}

/**
 * A recorded event as handlers see it: upcast, and on the output side of its schema. Throws `event-unreadable` for data that
 * does not fit even so.
 */
export function readEvent(definition: EventSourceDefinition, recorded: RecordedEvent): RecordedEvent {
  const current = upcastEvent(definition, recorded);
  const parsed = parse(definition.events[recorded.type] as Schema, current.data);
  if (parsed.issues !== undefined) {
    throw new MillraceError(
      "event-unreadable",
      `${recorded.type} at position ${recorded.position} does not fit the schema of version ${current.schemaVersion}: ${parsed.issues.map((issue) => `${issue.pointer || "/"} ${issue.message}`).join("; ")}.`,
      { data: { type: recorded.type, position: recorded.position, issues: parsed.issues } },
    );
  }
  return withData(current, parsed.value, current.schemaVersion);
}

/** Whether the service knows an event of this type, if not of its schema version. */
export function isDeclared(definition: EventSourceDefinition, { type }: RecordedEvent): boolean {
  return Object.hasOwn(definition.events, type);
}

/** Whether only a newer version of the service can read an event. */
export function isBeyond(definition: EventSourceDefinition, { type, schemaVersion }: RecordedEvent): boolean {
  const schema = Object.hasOwn(definition.events, type) ? definition.events[type] : undefined;
  return schema === undefined || schemaVersion > (eventOptionsOf(schema).version ?? 1);
}

/** The event with other data. Written out: spreading an event costs as much as folding it. */
function withData(event: RecordedEvent, data: unknown, schemaVersion: number): RecordedEvent {
  const { id, stream, category, aggregateId, version, position, type, recordedAt, metadata, tags } = event;
  return {
    id,
    stream,
    category,
    aggregateId,
    version,
    position,
    type,
    data,
    schemaVersion,
    recordedAt,
    metadata,
    tags,
  };
}

/** The next state. The event was read with `readEvent`. Throws `domain-threw` if `evolve` does. */
export function evolve(definition: AggregateDefinition, state: AnyState, event: DecidedEvent): AnyState {
  const handler = definition.evolve[event.type] as (state: unknown, event: unknown) => AnyState;
  try {
    return handler(state, event);
  } catch (cause) {
    throw domainThrew(`evolve of ${definition.name}.${event.type}`, cause, event);
  }
}

/** The state after recorded events of one stream, from `state`. */
export function fold(
  definition: AggregateDefinition,
  state: AnyState,
  recorded: Iterable<RecordedEvent>,
): AnyState {
  let folded = state;
  for (const event of recorded) folded = evolve(definition, folded, readEvent(definition, event));
  return folded;
}

/** A bug in the domain's code, reported as one. */
export function domainThrew(where: string, cause: unknown, event?: DecidedEvent): MillraceError {
  const position = event !== undefined && "position" in event ? event.position : undefined;
  const at = position === undefined ? "" : ` at position ${position}`;
  return new MillraceError(
    "domain-threw",
    `${where} threw${at}: ${cause instanceof Error ? cause.message : String(cause)}`,
    {
      cause,
      data: event === undefined ? {} : { type: event.type, stream: event.stream, position },
    },
  );
}
