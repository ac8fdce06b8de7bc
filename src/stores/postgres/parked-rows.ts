import type {
  DiscardedEvent,
  ParkedEvent,
  ParkedSequence,
  ProcessingFailure,
} from "../../ports/parked-event.ts";
import type { Session } from "./database.ts";

const maxDiscardedListed = 1000;

interface ParkedRow {
  readonly sequence: string;
  readonly position: number;
  readonly failure: string | null;
  readonly retry_at: number | null;
}

export async function listParked(
  session: Session,
  processor: string,
  { sequence = null, limit = null }: { readonly sequence?: string | null; readonly limit?: number | null },
): Promise<readonly ParkedEvent[]> {
  const rows = await session.all<ParkedRow>(
    `SELECT sequence, position, failure, retry_at FROM @parked
    WHERE processor = $1 AND ($2::text IS NULL OR sequence = $2) ORDER BY position, sequence LIMIT $3`,
    [processor, sequence, limit],
  );
  return rows.map(toParkedEvent);
}

export async function listParkedSequences(
  session: Session,
  processor: string,
  { after = "", limit = null }: { readonly after?: string; readonly limit?: number | null },
): Promise<readonly ParkedSequence[]> {
  const rows = await session.all<ParkedRow & { readonly events: number }>(
    `SELECT sequence, position, failure, retry_at, events FROM @parked JOIN (
      SELECT sequence, min(position) AS position, count(*) AS events FROM @parked
      WHERE processor = $1 AND sequence > $2 GROUP BY sequence ORDER BY sequence LIMIT $3) firsts
    USING (sequence, position)
    WHERE processor = $1 ORDER BY sequence`,
    [processor, after, limit],
  );
  return rows.map((row) => ({ sequence: row.sequence, events: row.events, first: toParkedEvent(row) }));
}

function toParkedEvent({ sequence, position, failure, retry_at }: ParkedRow): ParkedEvent {
  return {
    sequence,
    position,
    ...(failure === null ? {} : { failure: JSON.parse(failure) as ProcessingFailure }),
    ...(retry_at === null ? {} : { retryAt: retry_at }),
  };
}

/** Whether there was a first event to mark. */
export async function requestRetry(session: Session, processor: string, sequence: string): Promise<boolean> {
  const marked = await session.all(
    `UPDATE @parked SET retry_at = 0
    WHERE processor = $1 AND sequence = $2 AND position =
      (SELECT min(position) FROM @parked WHERE processor = $1 AND sequence = $2)
    RETURNING position`,
    [processor, sequence],
  );
  return marked.length > 0;
}

/** Whether the event was the first of its sequence, and so was removed. */
export async function discardParked(
  session: Session,
  processor: string,
  { sequence, position, reason }: Omit<DiscardedEvent, "at">,
): Promise<boolean> {
  const discarded = await session.all(
    `WITH gone AS (
      DELETE FROM @parked WHERE processor = $1 AND sequence = $2 AND position = $3 AND position =
        (SELECT min(position) FROM @parked WHERE processor = $1 AND sequence = $2)
      RETURNING position)
    INSERT INTO @discarded (processor, sequence, position, reason, discarded_at)
    SELECT $1, $2, position, $4, floor(extract(epoch FROM clock_timestamp()) * 1000) FROM gone
    RETURNING number`,
    [processor, sequence, position, reason],
  );
  return discarded.length > 0;
}

export async function listDiscarded(session: Session, processor: string): Promise<readonly DiscardedEvent[]> {
  return session.all<DiscardedEvent>(
    `SELECT sequence, position, reason, discarded_at AS at FROM @discarded
    WHERE processor = $1 ORDER BY number DESC LIMIT ${maxDiscardedListed}`,
    [processor],
  );
}
