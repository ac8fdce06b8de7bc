import { MillraceError } from "../errors/millrace-error.ts";
import type { RecordedEvent } from "../message/event.ts";
import type { AggregateDefinition } from "./aggregate-definition.ts";
import type { AnyState } from "./fold.ts";
import type { ReferenceDefinition } from "./reference.ts";

/** One aggregate of another service, as an aggregate of this one names it. */
export interface Referenced {
  readonly field: string;
  readonly id: string;
  readonly reference: ReferenceDefinition;
}

const nothing: readonly Referenced[] = [];

/**
 * What an aggregate begins to refer to with a change of its state, and what it ceases to; and what a field names anew, which another may
 * have named already, by a reference that asks less of it.
 */
export function changeOfReferences(definition: AggregateDefinition, before: AnyState, after: AnyState) {
  if (Object.keys(definition.references).length === 0)
    return { begun: nothing, ended: nothing, named: nothing };
  const [earlier, later] = [referencesOf(definition, before), referencesOf(definition, after)];
  const without = (all: readonly Referenced[], others: readonly Referenced[]) =>
    all.filter((one) => !others.some((other) => referenceKey(one) === referenceKey(other)));
  const named = later.filter(
    ({ field, id }) => !earlier.some((other) => other.field === field && other.id === id),
  );
  return { begun: without(later, earlier), ended: without(earlier, later), named };
}

/** What an aggregate refers to in a state; nothing while `refersWhile` says no. Throws `domain-threw` if that does. */
function referencesOf(definition: AggregateDefinition, state: AnyState): readonly Referenced[] {
  const named = Object.entries(definition.references).flatMap(([field, reference]): readonly Referenced[] => {
    const id = (state as Readonly<Record<string, unknown>>)[field];
    return typeof id === "string" ? [{ field, id, reference }] : [];
  });
  if (named.length === 0 || definition.refersWhile === undefined) return named;
  try {
    return definition.refersWhile(state as never) ? named : [];
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new MillraceError("domain-threw", `refersWhile of ${definition.name} threw: ${why}`, { cause });
  }
}

/** The name of a referenced one in labels: service and id. */
export function referenceKey({ id, reference }: Pick<Referenced, "id" | "reference">): string {
  return `${reference.contract.name}/${id}`;
}

/** On whatever is known of a referenced one: what its service told, and whether it is being retired. */
export function aboutTag(key: string): string {
  return `about:${key}`;
}

/** On events of this service with which an aggregate begins or ceases to refer to something. */
export function referenceTag(key: string): string {
  return `reference:${key}`;
}

/** On those of them with which it begins. */
export function refersTag(key: string): string {
  return `refers:${key}`;
}

/** The streams whose aggregates refer to something after these events, all of which carry its `referenceTag`. */
export function referrersIn(key: string, events: Iterable<RecordedEvent>): ReadonlySet<string> {
  const referrers = new Set<string>();
  for (const { stream, tags } of events) {
    if (tags.includes(refersTag(key))) referrers.add(stream);
    else referrers.delete(stream);
  }
  return referrers;
}
