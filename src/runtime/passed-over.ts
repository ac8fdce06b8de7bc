import type { EventSourceDefinition } from "../domain/event-source.ts";
import type { EventKind } from "../ports/event-store.ts";

/**
 * The kinds of events that a processor may pass over: those that the service knows and the processor does not handle.
 * Kinds that nobody declared are read, so that an older process notices what only a newer version knows.
 */
export function passedOver(
  sources: readonly EventSourceDefinition[],
  handler: {
    readonly from: readonly EventSourceDefinition[];
    readonly on: Readonly<Record<string, unknown>>;
  },
): readonly EventKind[] {
  const read = new Set(handler.from.map(({ name }) => name));
  return sources.flatMap(({ name: category, events }) =>
    Object.keys(events)
      .filter((type) => !read.has(category) || handler.on[type] === undefined)
      .map((type) => ({ category, type })),
  );
}
