import type { RecordedEvent } from "../../message/event.ts";
import type { ReadLogOptions } from "../../ports/event-store.ts";
import { textOfKind, textOfRow } from "./event-kind.ts";
import { type EventRow, toRecordedEvent } from "./event-row.ts";

/** So many of the newest events are kept, and so many characters of their JSON. */
const maxEvents = 8192;
const maxSize = 8 * 2 ** 20;

/** After so many events that nobody read here, nothing is kept until somebody reads at the head again. */
const maxUnread = 2 * maxEvents;

interface Entry {
  readonly row: EventRow;
  event?: RecordedEvent;
}

/**
 * The newest events of the log that this process appended, without a gap, so that processors at the head read them
 * from memory, parsed once for all. It says nothing of what other processes append: beyond its end, ask the database.
 */
export class LogTail {
  #entries: Entry[] = [];
  #size = 0;
  #unread = maxUnread;

  /** Notes that somebody reads near the head, for whom keeping events is worth the memory. */
  wanted(): void {
    this.#unread = 0;
  }

  /** Takes the rows of a durable batch; what was kept is dropped if others appended in between. */
  push(rows: readonly EventRow[]): void {
    const first = rows[0];
    if (first === undefined) return;
    this.#unread += rows.length;
    if (this.#unread >= maxUnread) {
      this.clear();
      return;
    }
    if (first.position !== this.last + 1) this.clear();
    for (const row of rows) {
      this.#entries.push({ row });
      this.#size += row.data.length + row.metadata.length;
    }
    if (this.#entries.length > 2 * maxEvents || this.#size > 2 * maxSize) this.#trim();
  }

  clear(): void {
    this.#entries = [];
    this.#size = 0;
  }

  /** The last position kept; 0 when empty. */
  get last(): number {
    return this.#entries.at(-1)?.row.position ?? 0;
  }

  /** The page that `EventStore.readLog` asks for, up to the end of the tail, where `holdsAfter` says that it is here; not for a tag. */
  page({ after, limit, types, except }: Omit<ReadLogOptions, "tag">): {
    readonly events: readonly RecordedEvent[];
    readonly through: { readonly position: number; readonly eventId: string };
  } {
    this.wanted();
    const first = this.#entries[0]?.row.position ?? 0;
    const events: RecordedEvent[] = [];
    const passedOver =
      except !== undefined && except.length > 0 ? new Set(except.map(textOfKind)) : undefined;
    let index = after + 1 - first;
    while (index < this.#entries.length && events.length < limit) {
      const entry = this.#entries[index++] as Entry;
      const { stream, type } = entry.row;
      if (types?.includes(type) === false || passedOver?.has(textOfRow(stream, type)) === true) continue;
      entry.event ??= toRecordedEvent(entry.row);
      events.push(entry.event);
    }
    const { position, id } = (this.#entries[index - 1] as Entry).row;
    return { events, through: { position, eventId: id } };
  }

  /** Whether the events right after a position are here, and at least one. */
  holdsAfter(position: number): boolean {
    const first = this.#entries[0]?.row.position ?? 0;
    return first > 0 && position + 1 >= first && position < this.last;
  }

  idAt(position: number): string | undefined {
    const first = this.#entries[0]?.row.position ?? 0;
    return first > 0 && position >= first ? this.#entries[position - first]?.row.id : undefined;
  }

  #trim(): void {
    let drop = Math.max(0, this.#entries.length - maxEvents);
    for (const { row } of this.#entries.slice(0, drop)) this.#size -= row.data.length + row.metadata.length;
    for (; this.#size > maxSize; drop++) {
      const row = this.#entries[drop]?.row;
      this.#size -= (row?.data.length ?? 0) + (row?.metadata.length ?? 0);
    }
    this.#entries = this.#entries.slice(drop);
  }
}
