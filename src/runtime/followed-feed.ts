import { derivedId, newId } from "../message/id.ts";
import { streamName } from "../message/stream.ts";
import type { EventStore, StreamAppend } from "../ports/event-store.ts";
import { type FeedFollowed, followedFeeds } from "./sources-of.ts";

/** The public name of what follows a feed. */
export function subscriptionName({ name }: { readonly name: string }): string {
  return `${name}-feed`;
}

/** The name of a subscription's processor in the state store. */
export function subscriptionProcessor({ name }: { readonly name: string }): string {
  return `subscription:${name}`;
}

/** Has a feed read anew from its beginning; what the log holds of it is passed over. Resolves with whether it was followed at all. */
export async function followAnew(events: EventStore, contract: { readonly name: string }): Promise<boolean> {
  for (;;) {
    const [last] = await events.readStream(followedStream(contract), { direction: "backward", limit: 1 });
    if (last === undefined) return false;
    const mark = markOf(contract, last.version, { cursor: "", live: true });
    const result = await events.append({ command: { id: newId(), fingerprint: "" }, appends: [mark] });
    if (result.status === "appended") return true;
  }
}

/** Up to where the log has what a feed gave; undefined: from its beginning. */
export async function followedCursor(
  events: EventStore,
  contract: { readonly name: string },
): Promise<string | undefined> {
  const [last] = await events.readStream(followedStream(contract), { direction: "backward", limit: 1 });
  const { cursor = "" } = (last?.data ?? {}) as Partial<FeedFollowed>;
  return cursor === "" ? undefined : cursor;
}

/** The stream that keeps how far a feed was followed. */
export function followedStream({ name }: { readonly name: string }): string {
  return streamName(followedFeeds.name, name);
}

/** The next event of that stream. */
export function markOf(
  contract: { readonly name: string },
  version: number,
  data: FeedFollowed,
): StreamAppend {
  const processor = subscriptionProcessor(contract);
  return {
    stream: followedStream(contract),
    expected: version === 0 ? "none" : version,
    events: [
      {
        id: derivedId(processor, data.cursor, version),
        type: "FeedFollowed",
        data,
        schemaVersion: 1,
        metadata: { correlationId: processor, depth: 0 },
        tags: [],
      },
    ],
  };
}
