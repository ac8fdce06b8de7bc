import { MillraceError } from "../errors/millrace-error.ts";
import type { Command } from "../message/command.ts";
import type { NewEvent, RecordedEvent } from "../message/event.ts";
import type { Condition } from "../message/event-query.ts";
import { eventIdOf } from "../message/id.ts";
import type { Metadata } from "../message/metadata.ts";
import { streamName } from "../message/stream.ts";
import type { AggregateDefinition } from "./aggregate-definition.ts";
import { type Decision, type DecisionFacts, isRefusal, type Refusal, refuse } from "./decision.ts";
import { eventOptionsOf } from "./event-definition.ts";
import { type AnyState, domainThrew, evolve } from "./fold.ts";
import { changeOfReferences, type Referenced, referenceKey, referenceTag, refersTag } from "./referenced.ts";
import { parse } from "./schema.ts";

/** Where an aggregate is before a command: its state after so many events. */
export interface Situation {
  readonly state: AnyState;
  /** 0: no stream. */
  readonly version: number;
}

/** The facts of a decision with what was gathered for it: see `AggregateDefinition.gathers`. */
export interface GatheredFacts extends DecisionFacts {
  readonly gathered: readonly RecordedEvent[];
}

const noFacts: GatheredFacts = { referrers: [], gathered: [] };

/** What a command leads to, ready to be appended. */
export interface Resolution {
  readonly events: readonly NewEvent[];
  readonly conditions: readonly Condition[];
  /** What a field that refers names after the events and did not before. */
  readonly references: readonly Referenced[];
  /** For each condition the refusal that its failure turns into. */
  readonly refusals: readonly Refusal[];
  /** The state after the events. */
  readonly state: AnyState;
}

/**
 * Runs `decide` on a valid command and works out all that follows: events with ids, tags and schema versions, the
 * conditions under which they hold, and the state after them. Pure. Throws `domain-threw` when `decide` does
 * or writes an event that does not fit its schema: both are bugs.
 */
export function decide(
  definition: AggregateDefinition,
  { state, version }: Situation,
  command: Command,
  facts: GatheredFacts = noFacts,
): Resolution | Refusal {
  return resolve(definition, { state, version }, command, runDecide(definition, state, command, facts));
}

/** Works out all that follows from what was decided on a command, wherever that was. Throws as `decide` does. */
export function resolve(
  definition: AggregateDefinition,
  { state, version }: Situation,
  command: Command,
  decision: Decision,
): Resolution | Refusal {
  if (isRefusal(decision)) return decision;

  const written = "unless" in decision ? decision.events : decision;
  const objections = "unless" in decision ? decision.unless : [];
  const conditions: Condition[] = objections.map(({ query, after = 0 }) => ({ queries: [query], after }));
  const refusals: Refusal[] = objections.map(({ refusal }) => refusal);

  const stream = streamName(definition.name, command.aggregateId);
  const metadata: Metadata = { ...command.metadata, causationId: command.id };
  const named: Referenced[] = [];
  let next = state;
  const events = written.map(({ type, data }, index): NewEvent => {
    const schema = definition.events[type];
    const parsed = schema === undefined ? undefined : parse(schema, data);
    if (schema === undefined || parsed === undefined || parsed.issues !== undefined) {
      throw unfitEvent(definition, command, type, parsed?.issues);
    }
    const options = eventOptionsOf(schema);
    const schemaVersion = options.version ?? 1;
    const tags = new Set<string>(options.tags?.(data));
    const id = eventIdOf(command.id, index);
    const before = next;
    next = evolve(definition, before, {
      id,
      type,
      data: parsed.value,
      stream,
      category: definition.name,
      aggregateId: command.aggregateId,
      version: version + index + 1,
      schemaVersion,
      metadata,
    });
    for (const claim of claimsOf(definition, before, next)) {
      tags.add(claim.tag);
      conditions.push({ queries: [{ tags: [claim.tag] }], after: 0, exceptStream: stream });
      refusals.push(claim.refusal);
    }
    const change = changeOfReferences(definition, before, next);
    for (const key of [...change.begun, ...change.ended].map(referenceKey)) tags.add(referenceTag(key));
    for (const referenced of change.begun) tags.add(refersTag(referenceKey(referenced)));
    named.push(...change.named);
    return { id, type, data, schemaVersion, metadata, tags: [...tags] };
  });
  return { events, conditions, refusals, references: named, state: next };
}

function runDecide(
  definition: AggregateDefinition,
  state: AnyState,
  command: Command,
  facts: GatheredFacts,
): Decision {
  const handler = definition.decide[command.type] as (
    command: unknown,
    state: unknown,
    events: unknown,
    facts: GatheredFacts,
  ) => Decision;
  try {
    return handler(command, state, constructorsOf(definition), facts);
  } catch (cause) {
    throw domainThrew(`decide of ${definition.name}.${command.type}`, cause);
  }
}

const constructors = new WeakMap<AggregateDefinition, Readonly<Record<string, (data: unknown) => unknown>>>();

/** The third argument of `decide`: one constructor per event. */
function constructorsOf(
  definition: AggregateDefinition,
): Readonly<Record<string, (data: unknown) => unknown>> {
  let made = constructors.get(definition);
  if (made === undefined) {
    made = Object.fromEntries(
      Object.keys(definition.events).map((type) => [type, (data: unknown) => ({ type, data })]),
    );
    constructors.set(definition, made);
  }
  return made;
}

/** The unique values that one event claims, as tags, with the refusal for whoever comes second. */
function claimsOf(definition: AggregateDefinition, before: AnyState, after: AnyState) {
  return Object.entries(definition.unique).flatMap(([field, code]) => {
    const value = (after as Readonly<Record<string, unknown>>)[field];
    if (
      value === undefined ||
      value === null ||
      value === (before as Readonly<Record<string, unknown>>)[field]
    )
      return [];
    return {
      tag: `${definition.name}.${field}:${String(value)}`,
      refusal: refuse(code, `Another ${definition.name} has the ${field} ${JSON.stringify(value)} already.`),
    };
  });
}

function unfitEvent(
  definition: AggregateDefinition,
  command: Command,
  type: string,
  issues: readonly { readonly pointer: string; readonly message: string }[] | undefined,
): MillraceError {
  const found =
    issues === undefined
      ? `an event ${JSON.stringify(type)}, which ${definition.name} does not declare`
      : `${type} with data that does not fit its schema: ${issues.map((issue) => `${issue.pointer || "/"} ${issue.message}`).join("; ")}`;
  return new MillraceError("domain-threw", `decide of ${definition.name}.${command.type} wrote ${found}.`, {
    data: { aggregate: definition.name, command: command.type, event: type, issues: issues ?? [] },
  });
}
