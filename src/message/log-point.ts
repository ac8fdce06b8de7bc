/**
 * A place in a certain log, with the id of the event there, so that a log that was restored to an earlier day and
 * then went another way is told from the one that the point was taken from. Position 0 with id "" is the beginning.
 */
export interface LogPoint {
  readonly logId: string;
  readonly position: number;
  readonly eventId: string;
}

/** The point before the first event of a log. */
export function logBeginning(logId: string): LogPoint {
  return { logId, position: 0, eventId: "" };
}
