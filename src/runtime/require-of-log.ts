import { MillraceError } from "../errors/millrace-error.ts";
import type { LogPoint } from "../message/log-point.ts";
import type { EventStore } from "../ports/event-store.ts";

/** A checkpoint is good only for the log that it was taken from. Rejects with `log-diverged` for another. */
export async function requireOfLog(
  events: EventStore,
  processor: string,
  checkpoint: LogPoint,
): Promise<void> {
  const point = await events.pointAt(checkpoint.position);
  if (point?.logId === checkpoint.logId && point.eventId === checkpoint.eventId) return;
  throw new MillraceError(
    "log-diverged",
    `${processor} stands at event ${checkpoint.eventId} of position ${checkpoint.position}, which the log does not hold there: the log was restored or replaced. Rebuild the view, or drop the processor's state.`,
    { data: { processor, checkpoint, found: point } },
  );
}
