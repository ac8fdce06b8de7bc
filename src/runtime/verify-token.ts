import { MillraceError } from "../errors/millrace-error.ts";
import type { LogPoint } from "../message/log-point.ts";
import { decodeToken } from "../message/token.ts";
import type { EventStore } from "../ports/event-store.ts";

/**
 * The point of this log that a token speaks of. What is beyond the end of a replica may be on its way there, and is to be looked
 * at again once that has come. Throws `token-invalid` for what is no token, and `log-diverged` where the log
 * is another one, or was restored to an earlier day, so that the event of the token is not in its place (G8).
 */
export async function verifyToken(events: EventStore, token: string): Promise<LogPoint> {
  const points = decodeToken(token);
  const { logId, position } = await events.head();
  const wanted = points.find((point) => point.logId === logId);
  const found = wanted === undefined ? undefined : await events.pointAt(wanted.position);
  if (wanted !== undefined && found?.eventId === wanted.eventId) return wanted;
  if (wanted !== undefined && wanted.position > position && events.capabilities.replica) return wanted;
  throw new MillraceError(
    "log-diverged",
    wanted === undefined
      ? `The token is of another log than ${logId}: expected a token that this service gave out.`
      : `The token expects event ${wanted.eventId} at position ${wanted.position}, which the log does not hold there: it was restored to an earlier state. Read again without the token.`,
    { data: { logId, position: wanted?.position, expected: wanted?.eventId, found: found?.eventId } },
  );
}
