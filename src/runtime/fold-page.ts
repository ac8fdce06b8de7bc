import type { ViewDefinition } from "../domain/view.ts";
import { type AnyRow, foldRow, readForView } from "../domain/view-fold.ts";
import { isMillraceError } from "../errors/millrace-error.ts";
import type { RecordedEvent } from "../message/event.ts";
import type { ParkedEvent, ProcessingFailure } from "../ports/parked-event.ts";
import type { RowChange } from "../ports/state-store.ts";
import { storableRow } from "../ports/storable-row.ts";
import type { ViewTable } from "../ports/view-table.ts";
import { type HeldRange, inRange } from "./event-worker.ts";
import { failureOf } from "./failure.ts";

/** A row as somebody knows it; undefined where there is none. */
export interface KnownRow {
  readonly row: AnyRow | undefined;
}

/** By key. */
export type KnownRows = ReadonlyMap<string, KnownRow>;

/** An event of the page that concerns the range; one that could not be read carries the error. */
export interface Readable {
  readonly recorded: RecordedEvent;
  readonly event?: RecordedEvent;
  readonly key?: string;
  readonly error?: unknown;
}

/** Folds one page. An event that fails parks its row where there is one row per stream, and stops the fold elsewhere. */
export class Folding {
  stop: ProcessingFailure | undefined;
  handled = 0;
  readonly parked: ParkedEvent[] = [];
  readonly #view: ViewDefinition;
  readonly #range: HeldRange;
  readonly #parkedBefore: ReadonlySet<string>;
  readonly #parkedNow = new Set<string>();
  readonly #spread: boolean;
  readonly #now: number;
  readonly #suspected: ViewTable | undefined;

  /** With a table, a row that it can't hold is the failure of its event. */
  constructor(
    view: ViewDefinition,
    range: HeldRange,
    parkedBefore: ReadonlySet<string>,
    spread: boolean,
    now: number,
    suspected: ViewTable | undefined,
  ) {
    this.#view = view;
    this.#range = range;
    this.#parkedBefore = parkedBefore;
    this.#spread = spread;
    this.#now = now;
    this.#suspected = suspected;
  }

  read(events: readonly RecordedEvent[]): readonly Readable[] {
    const whole = this.#range.from === 0 && this.#range.to === 1024;
    return events.flatMap((recorded): Readable | readonly Readable[] => {
      if (!whole && !inRange(this.#range, recorded.stream)) return [];
      try {
        const read = readForView(this.#view, recorded);
        return read === undefined ? [] : { recorded, ...read };
      } catch (error) {
        return { recorded, error };
      }
    });
  }

  /** The rows that change, by key; `before` has those that events mean as they were before the page. */
  fold(read: readonly Readable[], before: KnownRows): ReadonlyMap<string, RowChange> {
    const changes = new Map<string, RowChange>();
    for (const { recorded, event, key, error } of read) {
      const { stream, position } = recorded;
      if (this.#parkedBefore.has(stream) || this.#parkedNow.has(stream)) {
        this.parked.push({ sequence: stream, position });
        continue;
      }
      try {
        if (event === undefined || key === undefined) throw error;
        const change = changes.get(key);
        const row = foldRow(this.#view, (change ?? before.get(key))?.row, event);
        if (this.#suspected !== undefined && row !== undefined) storableRow(this.#suspected, key, row);
        changes.set(key, { key, row, position });
        this.handled += 1;
      } catch (thrown) {
        const failure = failureOf(thrown, position, 1, this.#now);
        // What only a newer version can read is no fault of the row: wait for that version.
        if (!this.#spread || isMillraceError(thrown, "event-type-unknown")) {
          this.stop = failure;
          return changes;
        }
        this.#parkedNow.add(stream);
        this.parked.push({ sequence: stream, position, failure });
      }
    }
    return changes;
  }
}
