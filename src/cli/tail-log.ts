import type { RecordedEvent } from "../message/event.ts";
import type { EventStore } from "../ports/event-store.ts";
import { eventLine } from "./event-line.ts";
import { writeLine } from "./output.ts";

const pageSize = 1000;

export interface TailOptions {
  readonly lines: number;
  readonly follow?: boolean;
  readonly types?: readonly string[];
  readonly json?: boolean;
}

/** Prints the last events and, if asked, each new one, as it comes, until SIGINT or SIGTERM. */
export async function tailLog(store: EventStore, options: TailOptions): Promise<void> {
  const types = options.types === undefined ? {} : { types: options.types };
  const print = (event: RecordedEvent) => writeLine(options.json ? JSON.stringify(event) : eventLine(event));
  const head = (await store.head()).position;
  for (const event of await lastEvents(store, head, options)) await print(event);
  if (!options.follow) return;

  const stop = new AbortController();
  const abort = () => stop.abort();
  process.once("SIGINT", abort);
  process.once("SIGTERM", abort);
  try {
    for (let after = head; !stop.signal.aborted; ) {
      const page = await store.readLog({ after, limit: pageSize, ...types });
      for (const event of page.events) await print(event);
      if (page.through.position === after) await store.waitForEvents(after, stop.signal);
      after = page.through.position;
    }
  } finally {
    process.off("SIGINT", abort);
    process.off("SIGTERM", abort);
  }
}

/** The last events up to `head`, ascending. Looks back page by page, since few of the last may have the types asked for. */
async function lastEvents(
  store: EventStore,
  head: number,
  { lines, types }: TailOptions,
): Promise<readonly RecordedEvent[]> {
  let found: RecordedEvent[] = [];
  for (let to = head; to > 0 && found.length < lines; to -= pageSize) {
    const after = Math.max(0, to - pageSize);
    const page = await store.readLog({ after, limit: to - after, ...(types === undefined ? {} : { types }) });
    found = [...page.events.filter((event) => event.position <= to), ...found];
  }
  return lines === 0 ? [] : found.slice(-lines);
}
