import { isStorableText } from "../../message/json.ts";
import type {
  DiscardedEvent,
  ParkedEvent,
  ParkedSequence,
  ProcessingFailure,
} from "../../ports/parked-event.ts";
import type { Connection } from "./connection.ts";

const maxDiscardedListed = 1000;

const columns = "sequence, position, failure, retry_at";

interface ParkedRow {
  readonly sequence: string;
  readonly position: number;
  readonly failure: string | null;
  readonly retry_at: number | null;
}

export function listParked(
  connection: Connection,
  processor: string,
  { sequence, limit = -1 }: { readonly sequence?: string; readonly limit?: number } = {},
): readonly ParkedEvent[] {
  const rows =
    sequence === undefined
      ? connection
          .sql(`SELECT ${columns} FROM parked WHERE processor = ? ORDER BY position, sequence LIMIT ?`)
          .all<ParkedRow>(processor, limit)
      : connection
          .sql(`SELECT ${columns} FROM parked WHERE processor = ? AND sequence = ? ORDER BY position LIMIT ?`)
          .all<ParkedRow>(processor, sequence, limit);
  return rows.map(toParkedEvent);
}

export function listParkedSequences(
  connection: Connection,
  processor: string,
  { after = "", limit = -1 }: { readonly after?: string; readonly limit?: number } = {},
): readonly ParkedSequence[] {
  return connection
    .sql(`
      SELECT ${columns}, events FROM parked JOIN (
        SELECT sequence, min(position) AS position, count(*) AS events FROM parked
        WHERE processor = ? AND sequence > ? GROUP BY sequence ORDER BY sequence LIMIT ?)
      USING (sequence, position)
      WHERE processor = ? ORDER BY sequence`)
    .all<ParkedRow & { readonly events: number }>(processor, after, limit, processor)
    .map((row) => ({ sequence: row.sequence, events: row.events, first: toParkedEvent(row) }));
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
export function requestRetry(connection: Connection, processor: string, sequence: string): boolean {
  return (
    isStorableText(sequence) &&
    connection
      .sql(`
        UPDATE parked SET retry_at = 0
        WHERE processor = ? AND sequence = ? AND position =
          (SELECT min(position) FROM parked WHERE processor = ? AND sequence = ?)`)
      .run(processor, sequence, processor, sequence) > 0
  );
}

/** Whether the event was the first of its sequence, and so was removed. */
export function discardParked(
  connection: Connection,
  processor: string,
  { sequence, position, reason, at }: DiscardedEvent,
): boolean {
  const [first] = listParked(connection, processor, { sequence, limit: 1 });
  if (first?.position !== position) return false;
  connection
    .sql("DELETE FROM parked WHERE processor = ? AND sequence = ? AND position = ?")
    .run(processor, sequence, position);
  connection
    .sql("INSERT INTO discarded (processor, sequence, position, reason, discarded_at) VALUES (?, ?, ?, ?, ?)")
    .run(processor, sequence, position, reason, at);
  return true;
}

export function listDiscarded(connection: Connection, processor: string): readonly DiscardedEvent[] {
  return connection
    .sql(`
      SELECT sequence, position, reason, discarded_at AS at FROM discarded
      WHERE processor = ? ORDER BY number DESC LIMIT ?`)
    .all<DiscardedEvent>(processor, maxDiscardedListed)
    .map((row) => ({ ...row }));
}
