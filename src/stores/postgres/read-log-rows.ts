import type { RecordedEvent } from "../../message/event.ts";
import { isStorableText } from "../../message/json.ts";
import type { ReadLogOptions } from "../../ports/event-store.ts";
import { textOfKind } from "../foundation/event-kind.ts";
import { type EventRow, eventColumns, toRecordedEvent } from "../foundation/event-row.ts";
import type { Session, SqlValue } from "./database.ts";

/** Large events end a page early, before they fill the memory: at so many bytes of JSON. */
const maxPageSize = 16 * 2 ** 20;

interface PageRow extends EventRow {
  /** Bytes of JSON up to and with this event; null for the head of the log, of which there is the position and the id. */
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
  { after, limit, types, except = [], tag }: ReadLogOptions,
): Promise<LogRows> {
  const names = types ?? (except.length > 0 ? except.map(textOfKind) : undefined);
  const filter =
    tag !== undefined
      ? `AND e.position IN (
          SELECT t.position FROM @event_tags t WHERE t.tag = ANY ($3::text[]) AND t.position > $1
          ORDER BY t.position LIMIT $2)`
      : names === undefined
        ? ""
        : types === undefined
          ? "AND split_part(e.stream, '-', 1) || '-' || e.type <> ALL ($3::text[])"
          : "AND e.type = ANY ($3::text[])";
  const given = tag === undefined ? names : [tag];
  const values: SqlValue[] = [after, limit, ...(given === undefined ? [] : [given.filter(isStorableText)])];
  // The server is spared the sort: it sends the rows as it finds them.
  const rows = await session.all<PageRow>(
    `
    SELECT ${eventColumns}, size FROM (
      SELECT *, sum(octet_length(data::text)) OVER (ORDER BY position ROWS UNBOUNDED PRECEDING) AS size
      FROM (SELECT * FROM @events e WHERE e.position > $1 ${filter} ORDER BY e.position LIMIT $2) e
    ) e WHERE size - octet_length(data::text) < ${maxPageSize}
    UNION ALL
    SELECT h.position, NULL, NULL, h.id, NULL, NULL, NULL, NULL, NULL, NULL, NULL
    FROM (SELECT e.position, e.id FROM @events e ORDER BY e.position DESC LIMIT 1) h`,
    values,
    { prepared: true },
  );
  const head = rows.find(({ size }) => size === null);
  const page = rows.filter(({ size }) => size !== null).sort((a, b) => a.position - b.position);
  const last = page.at(-1);
  if (last === undefined) {
    return { events: [], through: head && { position: head.position, eventId: head.id } };
  }
  const isCut = page.length === limit || (last.size as number) >= maxPageSize || head === undefined;
  return {
    events: page.map(toRecordedEvent),
    through: isCut
      ? { position: last.position, eventId: last.id }
      : { position: head.position, eventId: head.id },
  };
}
