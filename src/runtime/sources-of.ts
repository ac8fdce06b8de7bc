import type { EventSourceDefinition } from "../domain/event-source.ts";
import { shape } from "../domain/schema.ts";
import type { ServiceDefinition, UsedContract } from "../domain/service.ts";

/** What the log keeps of a feed: the cursor up to which it was read, "" for its beginning, and whether what is older than the subscription is in. */
export interface FeedFollowed {
  readonly cursor: string;
  readonly live: boolean;
}

/** How far the feeds of other services were followed: a stream for each of them, `$feed-accounts`. No aggregate has such a name. */
export const followedFeeds = {
  name: "$feed",
  events: { FeedFollowed: shape<FeedFollowed>() },
} as const satisfies EventSourceDefinition;

/** Everything of which the log of a service may hold events. */
export function sourcesOf({
  aggregates,
  processes,
  uses,
}: ServiceDefinition): readonly EventSourceDefinition[] {
  return [
    ...aggregates,
    ...processes.map(({ aggregate }) => aggregate),
    ...uses.map(({ contract }) => contract.definition),
    followedFeeds,
  ];
}

/** The contracts whose feeds a service follows: those that any of its processors reads, or its aggregates refer to. */
export function followedBy(service: ServiceDefinition): readonly UsedContract[] {
  const { uses, views, policies, projections } = service;
  const read = new Set([...views, ...policies, ...projections].flatMap(({ from }) => from));
  return uses.filter(({ contract }) => read.has(contract.definition) || refersTo(service, contract));
}

/** Whether aggregates of a service refer to those of another one. */
export function refersTo({ aggregates }: ServiceDefinition, contract: { readonly name: string }): boolean {
  return aggregates.some(({ references }) =>
    Object.values(references).some((reference) => reference.contract.name === contract.name),
  );
}
