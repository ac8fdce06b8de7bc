import type { LogPoint } from "../message/log-point.ts";
import type { EventStore } from "../ports/event-store.ts";

/** The point right before an event at which a range with this checkpoint cannot go on. */
export async function pointBefore(
  events: EventStore,
  position: number,
  checkpoint: LogPoint,
): Promise<LogPoint> {
  if (position - 1 <= checkpoint.position) return checkpoint;
  return (await events.pointAt(position - 1)) ?? checkpoint;
}
