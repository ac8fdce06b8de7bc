import type { AggregateDefinition } from "../domain/aggregate-definition.ts";
import type { EventKind } from "../ports/event-store.ts";

/**
 * The kinds of events that a processor may pass over: those that the service declares and the processor does not handle.
 * Kinds that nobody declared are read, so that an older process notices what only a newer version knows.
 */
export function passedOver(
  aggregates: readonly AggregateDefinition[],
  handler: { readonly from: readonly AggregateDefinition[]; readonly on: Readonly<Record<string, unknown>> },
): readonly EventKind[] {
  const sources = new Set(handler.from.map(({ name }) => name));
  return aggregates.flatMap(({ name: category, events }) =>
    Object.keys(events)
      .filter((type) => !sources.has(category) || handler.on[type] === undefined)
      .map((type) => ({ category, type })),
  );
}
