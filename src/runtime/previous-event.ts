import type { RecordedEvent } from "../message/event.ts";
import type { EventStore } from "../ports/event-store.ts";

/** Events of a stream read at once. */
const pageSize = 20;

/** The id of the event of certain types that comes before another one in its stream; undefined where there is none. */
export async function previousEvent(
  events: EventStore,
  { stream, version }: RecordedEvent,
  isMeant: (type: string) => boolean,
): Promise<string | undefined> {
  for (let from = version - 1; from >= 1; from -= pageSize) {
    const page = await events.readStream(stream, { from, direction: "backward", limit: pageSize });
    const found = page.find(({ type }) => isMeant(type));
    if (found !== undefined) return found.id;
  }
  return undefined;
}
