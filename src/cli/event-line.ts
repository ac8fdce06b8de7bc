import type { RecordedEvent } from "../message/event.ts";
import { printable } from "./output.ts";

/** An event as one line for people: when, where, what. */
export function eventLine(event: RecordedEvent): string {
  const time = new Date(event.recordedAt).toISOString();
  const place = `${event.position}  ${time}  ${event.stream}@${event.version}`;
  return printable(`${place}  ${event.type}  ${JSON.stringify(event.data)}`);
}
