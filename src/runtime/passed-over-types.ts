import type { AggregateDefinition } from "../domain/aggregate-definition.ts";

/**
 * The event types that a processor may pass over: those that the service declares and the processor does not handle.
 * Types that nobody declared are read, so that an older process notices what only a newer version knows.
 */
export function passedOverTypes(
  aggregates: readonly AggregateDefinition[],
  handled: readonly string[],
): readonly string[] {
  const declared = new Set(aggregates.flatMap((aggregate) => Object.keys(aggregate.events)));
  for (const type of handled) declared.delete(type);
  return [...declared];
}
