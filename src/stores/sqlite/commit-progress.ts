import { requireStorableText } from "../../message/json.ts";
import type { Progress, RowChange } from "../../ports/state-store.ts";
import { storableRow } from "../../ports/storable-row.ts";
import type { FieldValue, ViewTable } from "../../ports/view-table.ts";
import type { Connection } from "./connection.ts";
import { failureText } from "./processor-rows.ts";
import { toColumn } from "./row-filter-sql.ts";
import { quotedTable, upsertSql } from "./view-table-names.ts";

/** Everything of one step of a processor, within the caller's transaction, or nothing if the range has another holder (G5). */
export function commitProgress(connection: Connection, progress: Progress): "committed" | "fenced" {
  const { processor, range, checkpoint, rows, park = [], unpark = [], failure } = progress;
  // The checkpoint goes first: the same statement tells whether the range is still ours.
  const held = connection
    .sql(`
      UPDATE processor_ranges SET checkpoint_log = ?, checkpoint_position = ?, checkpoint_event = ?
      WHERE processor = ? AND from_slice = ? AND to_slice = ? AND owner = ? AND epoch = ?`)
    .run(
      checkpoint.logId,
      checkpoint.position,
      checkpoint.eventId,
      processor,
      range.from,
      range.to,
      range.owner,
      range.epoch,
    );
  if (held === 0) return "fenced";
  if (failure !== undefined) {
    connection
      .sql("UPDATE processor_ranges SET failure = ? WHERE processor = ? AND from_slice = ?")
      .run(failureText(failure ?? undefined), processor, range.from);
  }
  if (rows !== undefined) writeRows(connection, rows.table, rows.changes);
  for (const { sequence, position, failure: reason, retryAt } of park) {
    requireStorableText(sequence, "The sequence");
    connection
      .sql(`
        INSERT INTO parked (processor, sequence, position, failure, retry_at) VALUES (?, ?, ?, ?, ?)
        ON CONFLICT (processor, sequence, position)
        DO UPDATE SET failure = excluded.failure, retry_at = excluded.retry_at`)
      .run(processor, sequence, position, failureText(reason), retryAt ?? null);
  }
  for (const { sequence, position } of unpark) {
    connection
      .sql("DELETE FROM parked WHERE processor = ? AND sequence = ? AND position = ?")
      .run(processor, sequence, position);
  }
  return "committed";
}

function writeRows(connection: Connection, table: ViewTable, changes: readonly RowChange[]): void {
  if (changes.length === 0) return;
  const upsert = connection.sql(upsertSql(table));
  const remove = connection.sql(`DELETE FROM ${quotedTable(table)} WHERE key = ?`);
  for (const { key, row, position } of changes) {
    if (row === undefined) remove.run(key);
    else {
      const json = storableRow(table, key, row);
      const columns = table.fields.map(({ name }) => toColumn(row[name] as FieldValue | undefined));
      upsert.run(key, json, position, ...columns);
    }
  }
}
