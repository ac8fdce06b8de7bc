import { MillraceError } from "../errors/millrace-error.ts";
import { parseStreamName } from "../message/stream.ts";
import type { EventStore } from "../ports/event-store.ts";
import { eventLine } from "./event-line.ts";
import { writeJson, writeLine } from "./output.ts";

export interface ShowOptions {
  readonly from: number;
  readonly limit?: number;
  readonly json?: boolean;
}

/** Prints a stream's events in version order, as stored. */
export async function showStream(store: EventStore, stream: string, options: ShowOptions): Promise<void> {
  parseStreamName(stream);
  const events = await store.readStream(stream, {
    from: Math.max(1, options.from),
    ...(options.limit === undefined ? {} : { limit: options.limit }),
  });
  if (events.length === 0 && (await store.readStream(stream, { limit: 1 })).length === 0) {
    throw new MillraceError("aggregate-not-found", `There is no stream ${stream}.`, { data: { stream } });
  }
  if (options.json) return writeJson(events);
  for (const event of events) await writeLine(eventLine(event));
}
