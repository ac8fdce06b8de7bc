import assert from "node:assert/strict";
import type { EventSource } from "../domain/event-source.ts";
import type { View } from "../domain/view.ts";
import { type AnyRow, foldRow, readForView } from "../domain/view-fold.ts";
import { type EventToRecord, recordEvents } from "./record-events.ts";

/** The rows of a view after events. */
export interface Projected<Row> {
  /** Adds events of one aggregate instance, in the order of the calls; also such as another service tells of. */
  of<S extends EventSource>(
    source: S,
    aggregateId: string,
    ...events: readonly EventToRecord<S>[]
  ): Projected<Row>;
  /** The events that follow are recorded at this time, in epoch milliseconds. Default 0. */
  at(recordedAt: number): Projected<Row>;
  /** By key. */
  readonly rows: Readonly<Record<string, Row>>;
  /** Exactly these rows; throws an `AssertionError` with the difference, under any test runner. */
  expectRows(rows: Readonly<Record<string, Row>>): Projected<Row>;
}

/** Begins a test of a view: `project(accounts).of(account, "a1", …events).expectRows({ a1: { … } })`. */
export function project<Row>(view: View<Row>): Projected<Row> {
  const rows = new Map<string, AnyRow>();
  const versions = new Map<string, number>();
  let position = 0;
  let recordedAt = 0;
  const projected: Projected<Row> = {
    of(source, aggregateId, ...events) {
      const { definition } = source;
      const stream = `${definition.name}-${aggregateId}`;
      const version = versions.get(stream) ?? 0;
      for (const recorded of recordEvents(definition, aggregateId, events, {
        version,
        position,
        recordedAt,
      })) {
        const read = readForView(view.definition, recorded);
        if (read === undefined) continue;
        const row = foldRow(view.definition, rows.get(read.key), read.event);
        if (row === undefined) rows.delete(read.key);
        else rows.set(read.key, row);
      }
      versions.set(stream, version + events.length);
      position += events.length;
      return projected;
    },
    at(time) {
      recordedAt = time;
      return projected;
    },
    get rows() {
      return Object.fromEntries(rows) as Readonly<Record<string, Row>>;
    },
    expectRows(expected) {
      const found = Object.fromEntries(rows);
      const difference = `\n  expected ${JSON.stringify(expected)}\n  found    ${JSON.stringify(found)}`;
      assert.deepEqual(found, expected, `view ${view.name} has other rows${difference}`);
      return projected;
    },
  };
  return projected;
}
