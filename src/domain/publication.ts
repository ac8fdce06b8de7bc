import { MillraceError } from "../errors/millrace-error.ts";
import type { CloudEvent } from "../message/cloud-event.ts";
import type { RecordedEvent } from "../message/event.ts";
import type { LiteralShape } from "./aggregate.ts";
import { requirePositiveInteger } from "./aggregate-checks.ts";
import type { EventOf, EventSource, EventSourceDefinition } from "./event-source.ts";
import { domainThrew, readEvent } from "./fold.ts";
import { requireDeclared } from "./require-declared.ts";
import { parse, type Schema, type Sides } from "./schema.ts";

/** A declared integration event: what a service tells others of its own domain events. */
export interface Publication<Type extends string = string, Data = unknown, Version extends number = number> {
  readonly kind: "publication";
  readonly definition: PublicationDefinition;
  /** Carries the types; absent at run time. */
  readonly types: { readonly type: Type; readonly data: Data; readonly version: Version };
}

/** What the runtime sees of a publication. */
export interface PublicationDefinition {
  readonly type: string;
  readonly version: number;
  readonly from: EventSourceDefinition;
  /** The domain events that lead to it. */
  readonly on: readonly string[];
  readonly schema: Schema;
  readonly data: (event: RecordedEvent) => unknown;
}

export interface PublicationDeclaration<
  Type extends string,
  From extends EventSource,
  On extends EventOf<From>["type"],
  Data extends object,
  Version extends number,
> {
  /** The name of the integration event, in the past tense and PascalCase: part of what others rely on. */
  readonly type: Type;
  /** Of the schema; default 1. For a change that old readers do not bear, publish both versions for a while. */
  readonly version?: Version;
  readonly from: From;
  /** The domain event, or several, that lead to it. */
  readonly on: On | readonly On[];
  /** The schema of its data, an object: what is published is the side that is written. */
  readonly schema: {
    readonly "~standard": Schema["~standard"] & { readonly types?: Sides<Data, unknown> | undefined };
  };
  /** The data of none (undefined), one, or several integration events (a list). Pure, since the feed may be read again from its start. */
  readonly data: (
    event: Extract<EventOf<NoInfer<From>>, { readonly type: NoInfer<On> }>,
  ) => NoInfer<Made<Data>>;
}

/** See `Result` of an aggregate: keeps the literals of functions without parameters. Data that is a list comes in lists alone. */
type Made<Data> =
  | ([object] extends [Data]
      ? LiteralShape | readonly LiteralShape[]
      : readonly Data[] | (Data extends readonly unknown[] ? never : Data))
  | undefined;

/** Declares what is published of a domain event. Throws `declaration-invalid` for what the compiler cannot see. */
export function publish<
  const Type extends string,
  const From extends EventSource,
  const On extends EventOf<From>["type"],
  Data extends object,
  const Version extends number = 1,
  // NoInfer: within service({ … }), what is expected there would else be taken for the version.
>(
  declaration: PublicationDeclaration<Type, From, On, Data, Version>,
): Publication<Type, Data, NoInfer<Version>> {
  const { type, version = 1, schema, data } = declaration;
  const from = declaration.from.definition;
  const on = [declaration.on].flat() as readonly string[];
  requireDeclared(
    /^[A-Z][A-Za-z0-9]{0,99}$/.test(type),
    `An integration event's name is PascalCase of at most 100 characters, such as "AccountActivated"; found ${JSON.stringify(type)}.`,
  );
  requirePositiveInteger(version, `version of ${type}`);
  requireDeclared(
    typeof schema?.["~standard"]?.validate === "function",
    `${type} needs a Standard Schema (zod, valibot, arktype); found ${typeof schema}.`,
  );
  requireDeclared(typeof data === "function", `"data" of ${type} must be a function; found ${typeof data}.`);
  requireDeclared(on.length > 0, `${type} is published on no event; expected at least one.`);
  for (const name of on) {
    requireDeclared(
      Object.hasOwn(from.events, name),
      `${type} is published on ${name}, which ${from.name} does not declare; expected one of ${Object.keys(from.events).join(", ")}.`,
    );
  }
  const definition = { type, version, from, on, schema, data } as unknown as PublicationDefinition;
  return { kind: "publication", definition } as Publication<Type, Data, Version>;
}

/**
 * What a service tells others of one recorded event, newest versions first. The id of each follows from the event's and is the
 * same for all versions of a type, so that who takes one of them takes no other. Throws `domain-threw` for a
 * mapping that throws, and `data-invalid` where its result does not fit the schema.
 */
export function integrationEventsOf(
  service: string,
  publications: readonly PublicationDefinition[],
  recorded: RecordedEvent,
): readonly CloudEvent[] {
  return publications
    .filter(({ from, on }) => from.name === recorded.category && on.includes(recorded.type))
    .sort((one, other) => other.version - one.version)
    .flatMap((publication) =>
      dataOf(publication, recorded).map((data, index) =>
        cloudEvent(service, publication, recorded, data, index),
      ),
    );
}

function dataOf(publication: PublicationDefinition, recorded: RecordedEvent): readonly unknown[] {
  const event = readEvent(publication.from, recorded);
  let made: unknown;
  try {
    made = publication.data(event);
  } catch (cause) {
    throw domainThrew(`the publication of ${publication.type}`, cause, recorded);
  }
  const all = made === undefined ? [] : Array.isArray(made) ? (made as readonly unknown[]) : [made];
  for (const data of all) requireFit(publication, recorded, data);
  return all;
}

function requireFit({ type, schema }: PublicationDefinition, recorded: RecordedEvent, data: unknown): void {
  const { issues } = parse(schema, data);
  if (issues === undefined) return;
  throw new MillraceError(
    "data-invalid",
    `What is published as ${type} of ${recorded.type} at position ${recorded.position} does not fit its schema: ${issues.map((issue) => `${issue.pointer || "/"} ${issue.message}`).join("; ")}.`,
    { data: { type, position: recorded.position, issues } },
  );
}

function cloudEvent(
  service: string,
  { type, version }: PublicationDefinition,
  { id, aggregateId, recordedAt, metadata }: RecordedEvent,
  data: unknown,
  index: number,
): CloudEvent {
  return {
    specversion: "1.0",
    id: `${id}/${type}/${index}`,
    source: service,
    type,
    subject: aggregateId,
    time: new Date(recordedAt).toISOString(),
    datacontenttype: "application/json",
    dataversion: version,
    correlationid: metadata.correlationId,
    causationid: id,
    causationdepth: metadata.depth,
    ...(metadata.traceparent === undefined ? {} : { traceparent: metadata.traceparent }),
    data,
  };
}
