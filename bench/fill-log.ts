import type { NewEvent } from "../src/message/event.ts";
import { newId } from "../src/message/id.ts";
import type { EventStore } from "../src/ports/event-store.ts";

const perCommit = 500;

/** Appends `count` events of the benchmark's account to `streams` streams, whole commits at a time. */
export async function fillLog(store: EventStore, count: number, streams: number): Promise<void> {
  const versions = new Map<string, number>();
  for (let done = 0; done < count; ) {
    const appends = new Map<string, NewEvent[]>();
    const before = new Map<string, number>();
    const id = newId();
    for (let index = 0; index < perCommit && done < count; index++, done++) {
      const stream = `account-a${done % streams}`;
      const version = versions.get(stream) ?? 0;
      if (!before.has(stream)) before.set(stream, version);
      versions.set(stream, version + 1);
      const event = { ...eventOf(version, done), id: `${id}.${index}` };
      const events = appends.get(stream);
      if (events === undefined) appends.set(stream, [event]);
      else events.push(event);
    }
    const result = await store.append({
      command: { id, fingerprint: "" },
      appends: [...appends].map(([stream, events]) => ({
        stream,
        expected: before.get(stream) || "none",
        events,
      })),
    });
    if (result.status !== "appended") throw new Error(`the log was not filled: ${result.status}`);
  }
}

function eventOf(version: number, index: number): Omit<NewEvent, "id"> {
  const metadata = { correlationId: `c${index}`, depth: 0 };
  const rest = { schemaVersion: 1, metadata, tags: [] };
  if (version === 0)
    return { type: "AccountOpened", data: { userId: index, accountNumber: `ACC-${index}` }, ...rest };
  const reason = "The customer asked for it by telephone and was called back to make sure.";
  return { type: version % 2 === 1 ? "AccountSuspended" : "AccountActivated", data: { reason }, ...rest };
}
