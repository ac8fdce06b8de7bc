import type { RecordedEvent } from "../../message/event.ts";
import type { ReadLogOptions } from "../../ports/event-store.ts";
import { textOfKind } from "../foundation/event-kind.ts";
import { type EventRow, eventColumns, toRecordedEvent } from "../foundation/event-row.ts";
import type { Connection } from "./connection.ts";

/**
 * Large events end a page early, before they fill the memory: at so many characters of JSON, looked at after each chunk.
 * Chunks this small cost an ordinary page a few per cent.
 */
const maxPageSize = 16 * 2 ** 20;
const chunkEvents = 128;

/** The events after a position up to `end`, and how far that is: to `end`, or to the last of a page that is full. */
export function readLogRows(
  connection: Connection,
  { after, limit, types, except = [], tag }: ReadLogOptions,
  end: number,
): { readonly events: readonly RecordedEvent[]; readonly through: number } {
  const filter =
    types !== undefined
      ? "AND type IN (SELECT value FROM json_each(?))"
      : except.length > 0
        ? "AND substr(stream, 1, instr(stream, '-')) || type NOT IN (SELECT value FROM json_each(?))"
        : "";
  const names = filter === "" ? [] : [JSON.stringify(types ?? except.map(textOfKind))];
  const select = connection.sql(
    tag === undefined
      ? `SELECT ${eventColumns} FROM events WHERE position > ? AND position <= ? ${filter} ORDER BY position LIMIT ?`
      : `SELECT ${eventColumns} FROM events WHERE position IN (
          SELECT position FROM event_tags WHERE position > ? AND position <= ? AND tag = ? ORDER BY position LIMIT ?
        ) ORDER BY position`,
  );
  const chosen = tag === undefined ? names : [tag];
  const events: RecordedEvent[] = [];
  let through = after;
  for (let size = 0; events.length < limit && size < maxPageSize; ) {
    const asked = Math.min(chunkEvents, limit - events.length);
    const rows = select.all<EventRow>(through, end, ...chosen, asked);
    for (const row of rows) {
      size += row.data.length + row.metadata.length;
      events.push(toRecordedEvent(row));
    }
    if (rows.length < asked) return { events, through: end };
    through = rows.at(-1)?.position ?? end;
  }
  return { events, through };
}
