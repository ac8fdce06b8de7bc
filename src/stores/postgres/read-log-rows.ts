import type { RecordedEvent } from "../../message/event.ts";
import { isStorableText } from "../../message/json.ts";
import type { ReadLogOptions } from "../../ports/event-store.ts";
import { textOfKind } from "../foundation/event-kind.ts";
import { type EventRow, eventColumns, toRecordedEvent } from "../foundation/event-row.ts";
import type { Session, SqlValue } from "./database.ts";

/** Large events end a page early, before they fill the memory: at so many bytes of JSON. */
const maxPageSize = 16 * 2 ** 20;

interface PageRow extends EventRow {
  readonly head_position: number | null;
  readonly head_id: string | null;
  /** Bytes of JSON up to and with this event; null for the row of the head alone. */
  readonly size: number | null;
}

export interface LogRows {
  readonly events: readonly RecordedEvent[];
  /** How far the log was looked at; undefined for an empty log. */
  readonly through: { readonly position: number; readonly eventId: string } | undefined;
}

/** The events after a position and how far that is, in one statement and so as of one instant. */
export async function readLogRows(
  session: Session,
  { after, limit, types, except = [] }: ReadLogOptions,
): Promise<LogRows> {
  const names = types ?? (except.length > 0 ? except.map(textOfKind) : undefined);
  const filter =
    names === undefined
      ? ""
      : types === undefined
        ? "AND split_part(e.stream, '-', 1) || '-' || e.type <> ALL ($3::text[])"
        : "AND e.type = ANY ($3::text[])";
  const values: SqlValue[] = [after, limit, ...(names === undefined ? [] : [names.filter(isStorableText)])];
  const rows = await session.all<PageRow>(
    `
    SELECT h.position AS head_position, h.id AS head_id, p.*
    FROM (SELECT 1) one
    LEFT JOIN (SELECT e.position, e.id FROM @events e ORDER BY e.position DESC LIMIT 1) h ON true
    LEFT JOIN (
      SELECT * FROM (
        SELECT ${eventColumns}, own_size, sum(own_size) OVER (ORDER BY position) AS size
        FROM (
          SELECT *, octet_length(data::text) AS own_size
          FROM @events e WHERE e.position > $1 ${filter} ORDER BY e.position LIMIT $2
        ) e
      ) e WHERE size - own_size < ${maxPageSize}
    ) p ON true
    ORDER BY p.position`,
    values,
  );
  const head = rows[0];
  if (head === undefined || head.head_position === null) return { events: [], through: undefined };
  const last = rows.at(-1) as PageRow;
  if (last.size === null)
    return { events: [], through: { position: head.head_position, eventId: head.head_id ?? "" } };
  const isCut = rows.length === limit || last.size >= maxPageSize;
  return {
    events: rows.map(toRecordedEvent),
    through: isCut
      ? { position: last.position, eventId: last.id }
      : { position: head.head_position, eventId: head.head_id ?? "" },
  };
}
