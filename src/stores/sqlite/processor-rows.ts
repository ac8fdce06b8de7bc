import type { LogPoint } from "../../message/log-point.ts";
import type { ProcessingFailure } from "../../ports/parked-event.ts";
import { type ProcessorState, type SliceRange, unstartedProcessor } from "../../ports/processor-state.ts";
import type { Connection } from "./connection.ts";

interface RangeRow {
  readonly from_slice: number;
  readonly to_slice: number;
  readonly checkpoint_log: string;
  readonly checkpoint_position: number;
  readonly checkpoint_event: string;
  readonly owner: string | null;
  readonly epoch: number;
  readonly lease_until: number;
  readonly failure: string | null;
}

/** What is stored of a processor. */
export function readProcessor(connection: Connection, name: string): ProcessorState {
  const row = connection
    .sql("SELECT paused, build_target FROM processors WHERE name = ?")
    .get<{ readonly paused: number; readonly build_target: number }>(name);
  if (row === undefined) return unstartedProcessor;
  return {
    ranges: connection
      .sql("SELECT * FROM processor_ranges WHERE processor = ? ORDER BY from_slice")
      .all<RangeRow>(name)
      .map(toRange),
    workers: connection
      .sql("SELECT id, alive_until FROM processor_workers WHERE processor = ? ORDER BY id")
      .all<{ readonly id: string; readonly alive_until: number }>(name)
      .map(({ id, alive_until }) => ({ id, aliveUntil: alive_until })),
    paused: row.paused === 1,
    buildTarget: row.build_target,
  };
}

/** Replaces what is stored of a processor. */
export function writeProcessor(connection: Connection, name: string, state: ProcessorState): void {
  connection
    .sql(`
      INSERT INTO processors (name, paused, build_target) VALUES (?, ?, ?)
      ON CONFLICT (name) DO UPDATE SET paused = excluded.paused, build_target = excluded.build_target`)
    .run(name, Number(state.paused), state.buildTarget);
  connection.sql("DELETE FROM processor_ranges WHERE processor = ?").run(name);
  const insertRange = connection.sql(`
    INSERT INTO processor_ranges
      (processor, from_slice, to_slice, checkpoint_log, checkpoint_position, checkpoint_event, owner, epoch, lease_until, failure)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`);
  for (const { from, to, checkpoint, owner, epoch, leaseUntil, failure } of state.ranges) {
    const { logId, position, eventId } = checkpoint;
    insertRange.run(
      name,
      from,
      to,
      logId,
      position,
      eventId,
      owner ?? null,
      epoch,
      leaseUntil,
      failureText(failure),
    );
  }
  connection.sql("DELETE FROM processor_workers WHERE processor = ?").run(name);
  const insertWorker = connection.sql(
    "INSERT INTO processor_workers (processor, id, alive_until) VALUES (?, ?, ?)",
  );
  for (const { id, aliveUntil } of state.workers) insertWorker.run(name, id, aliveUntil);
}

/** Removes everything that is stored of a processor. */
export function deleteProcessor(connection: Connection, name: string): void {
  connection.sql("DELETE FROM processors WHERE name = ?").run(name);
  for (const table of ["processor_ranges", "processor_workers", "parked", "discarded"]) {
    connection.sql(`DELETE FROM ${table} WHERE processor = ?`).run(name);
  }
}

/** The lowest checkpoint among a processor's ranges. */
export function lowestCheckpoint(connection: Connection, processor: string): LogPoint | undefined {
  const row = connection
    .sql(`
      SELECT checkpoint_log, checkpoint_position, checkpoint_event FROM processor_ranges
      WHERE processor = ? ORDER BY checkpoint_position LIMIT 1`)
    .get<Pick<RangeRow, "checkpoint_log" | "checkpoint_position" | "checkpoint_event">>(processor);
  return row === undefined ? undefined : toPoint(row);
}

export function failureText(failure: ProcessingFailure | undefined): string | null {
  return failure === undefined ? null : JSON.stringify(failure);
}

function toRange(row: RangeRow): SliceRange {
  return {
    from: row.from_slice,
    to: row.to_slice,
    checkpoint: toPoint(row),
    ...(row.owner === null ? {} : { owner: row.owner }),
    epoch: row.epoch,
    leaseUntil: row.lease_until,
    ...(row.failure === null ? {} : { failure: JSON.parse(row.failure) as ProcessingFailure }),
  };
}

function toPoint(
  row: Pick<RangeRow, "checkpoint_log" | "checkpoint_position" | "checkpoint_event">,
): LogPoint {
  return { logId: row.checkpoint_log, position: row.checkpoint_position, eventId: row.checkpoint_event };
}
