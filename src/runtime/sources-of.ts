import type { EventSourceDefinition } from "../domain/event-source.ts";
import { shape } from "../domain/schema.ts";
import type { ServiceDefinition } from "../domain/service.ts";

/** How far the feeds of other services were followed: a stream for each of them, `$feed-accounts`. No aggregate has such a name. */
export const followedFeeds = {
  name: "$feed",
  events: { FeedFollowed: shape<{ readonly cursor: string }>() },
} as const satisfies EventSourceDefinition;

/** Everything of which the log of a service may hold events. */
export function sourcesOf({ aggregates, uses }: ServiceDefinition): readonly EventSourceDefinition[] {
  return [...aggregates, ...uses.map(({ contract }) => contract.definition), followedFeeds];
}
