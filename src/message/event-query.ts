/**
 * Which events of the log are meant: those with one of `types` (all types if absent) that carry every one of `tags`
 * (no tag required if absent). Several queries in a list mean the events that any of them means.
 */
export interface EventQuery {
  readonly types?: readonly string[];
  readonly tags?: readonly string[];
}

/**
 * A dynamic consistency boundary: the append holds only if no event that matches one of `queries` has a position
 * greater than `after` (0: none at all), not counting events of the stream `exceptStream`.
 */
export interface Condition {
  readonly queries: readonly EventQuery[];
  readonly after: number;
  readonly exceptStream?: string;
}

/** Whether `event` is one that `query` means. */
export function matchesQuery(
  query: EventQuery,
  event: { readonly type: string; readonly tags: readonly string[] },
): boolean {
  return (
    (query.types === undefined || query.types.includes(event.type)) &&
    (query.tags === undefined || query.tags.every((tag) => event.tags.includes(tag)))
  );
}
