import type { ProcessingFailure } from "../../ports/parked-event.ts";
import { type ProcessorState, type SliceRange, unstartedProcessor } from "../../ports/processor-state.ts";
import type { Session } from "./database.ts";

/** A processor as the server tells it: JSON, so that one statement gives all of it as of one instant. */
interface ProcessorRow {
  readonly name: string;
  readonly paused: boolean;
  readonly build_target: number;
  readonly ranges: string;
  readonly workers: string;
}

interface RangeJson {
  readonly from_slice: number;
  readonly to_slice: number;
  readonly checkpoint_log: string;
  readonly checkpoint_position: number;
  readonly checkpoint_event: string;
  readonly owner: string | null;
  readonly epoch: number;
  readonly lease_until: number;
  readonly failure: ProcessingFailure | null;
}

const serverNow = "floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint AS now";

const processorColumns = `
  p.name, p.paused, p.build_target,
  (SELECT coalesce(json_agg(r ORDER BY r.from_slice), '[]') FROM @processor_ranges r WHERE r.processor = p.name) AS ranges,
  (SELECT coalesce(json_agg(w ORDER BY w.id), '[]') FROM @processor_workers w WHERE w.processor = p.name) AS workers`;

/** What is stored of the processors with these names, and the server's time. */
export async function readProcessors(
  session: Session,
  names: readonly string[],
): Promise<{ readonly states: ReadonlyMap<string, ProcessorState>; readonly now: number }> {
  const rows = await session.all<Partial<ProcessorRow> & { readonly asked: string; readonly now: number }>(
    `SELECT ${serverNow}, asked, p.* FROM unnest($1::text[]) asked
    LEFT JOIN LATERAL (SELECT ${processorColumns} FROM @processors p WHERE p.name = asked) p ON true`,
    [names],
    { brief: true },
  );
  const stateOf = ({ name, ...row }: Partial<ProcessorRow>) =>
    name === null ? unstartedProcessor : toState({ name, ...row } as ProcessorRow);
  return {
    states: new Map(rows.map(({ asked, now: _, ...row }) => [asked, stateOf(row)])),
    now: Math.max(...rows.map(({ now }) => now)),
  };
}

export async function listProcessors(session: Session): Promise<ReadonlyMap<string, ProcessorState>> {
  const rows = await session.all<ProcessorRow>(
    `SELECT ${processorColumns} FROM @processors p ORDER BY p.name`,
    [],
    { brief: true },
  );
  return new Map(rows.map((row) => [row.name, toState(row)]));
}

/**
 * Has whoever wants to change the processor, or to commit progress on one of its ranges, wait for the end of this transaction.
 * Locks in a fixed order: the processor, then its ranges.
 */
export async function lockProcessor(session: Session, name: string): Promise<void> {
  await session.all(
    "INSERT INTO @processors (name, paused, build_target) VALUES ($1, false, 0) ON CONFLICT DO NOTHING",
    [name],
  );
  await session.all("SELECT FROM @processors WHERE name = $1 FOR UPDATE", [name]);
  await session.all("SELECT FROM @processor_ranges WHERE processor = $1 ORDER BY from_slice FOR UPDATE", [
    name,
  ]);
}

/**
 * The same for those of several processors that nobody else holds: whoever waited for one would have all the others wait along.
 * Resolves with their names.
 */
export async function lockFreeProcessors(
  session: Session,
  names: readonly string[],
): Promise<readonly string[]> {
  const free = await session.all<{ readonly name: string }>(
    "SELECT name FROM @processors WHERE name = ANY ($1) ORDER BY name FOR UPDATE SKIP LOCKED",
    [names],
  );
  const ranges = await session.all<{ readonly processor: string; readonly busy: boolean }>(
    `SELECT r.processor, l.processor IS NULL AS busy FROM @processor_ranges r LEFT JOIN (
      SELECT processor, from_slice FROM @processor_ranges WHERE processor = ANY ($1)
      ORDER BY processor, from_slice FOR UPDATE SKIP LOCKED) l USING (processor, from_slice)
    WHERE r.processor = ANY ($1)`,
    [free.map(({ name }) => name)],
  );
  const busy = new Set(ranges.filter((range) => range.busy).map(({ processor }) => processor));
  return free.map(({ name }) => name).filter((name) => !busy.has(name));
}

/** Replaces what is stored of processors. Ranges that stay are updated in place, so that commits that wait for them find them. */
export async function writeProcessors(
  session: Session,
  states: ReadonlyMap<string, ProcessorState>,
): Promise<void> {
  const all = [...states];
  const processors = all.map(([name, { paused, buildTarget }]) => ({
    name,
    paused,
    build_target: buildTarget,
  }));
  const ranges = all.flatMap(([processor, state]) =>
    state.ranges.map(({ from, to, checkpoint, owner, epoch, leaseUntil, failure }) => ({
      processor,
      from_slice: from,
      to_slice: to,
      checkpoint_log: checkpoint.logId,
      checkpoint_position: checkpoint.position,
      checkpoint_event: checkpoint.eventId,
      owner: owner ?? null,
      epoch,
      lease_until: leaseUntil,
      failure: failure ?? null,
    })),
  );
  const workers = all.flatMap(([processor, state]) =>
    state.workers.map(({ id, aliveUntil }) => ({ processor, id, alive_until: aliveUntil })),
  );
  await session.all(
    `WITH
      named AS (SELECT * FROM json_to_recordset($1) p (name text, paused boolean, build_target bigint)),
      processors AS (
        UPDATE @processors p SET paused = n.paused, build_target = n.build_target FROM named n WHERE p.name = n.name),
      ranges AS (
        SELECT * FROM json_to_recordset($2) r (
          processor text, from_slice integer, to_slice integer, checkpoint_log text, checkpoint_position bigint,
          checkpoint_event text, owner text, epoch integer, lease_until bigint, failure json)),
      workers AS (SELECT * FROM json_to_recordset($3) w (processor text, id text, alive_until bigint)),
      ranges_gone AS (
        DELETE FROM @processor_ranges
        WHERE processor IN (SELECT name FROM named)
          AND (processor, from_slice) NOT IN (SELECT processor, from_slice FROM ranges)),
      workers_gone AS (
        DELETE FROM @processor_workers
        WHERE processor IN (SELECT name FROM named) AND (processor, id) NOT IN (SELECT processor, id FROM workers)),
      ranges_kept AS (
        INSERT INTO @processor_ranges (
          processor, from_slice, to_slice, checkpoint_log, checkpoint_position, checkpoint_event, owner, epoch, lease_until, failure)
        SELECT * FROM ranges
        ON CONFLICT (processor, from_slice) DO UPDATE SET
          to_slice = excluded.to_slice, checkpoint_log = excluded.checkpoint_log,
          checkpoint_position = excluded.checkpoint_position, checkpoint_event = excluded.checkpoint_event,
          owner = excluded.owner, epoch = excluded.epoch, lease_until = excluded.lease_until, failure = excluded.failure)
    INSERT INTO @processor_workers (processor, id, alive_until) SELECT * FROM workers
    ON CONFLICT (processor, id) DO UPDATE SET alive_until = excluded.alive_until`,
    [JSON.stringify(processors), JSON.stringify(ranges), JSON.stringify(workers)],
  );
}

/** Removes everything that is stored of a processor. */
export async function deleteProcessor(session: Session, name: string): Promise<void> {
  await session.all("DELETE FROM @processors WHERE name = $1", [name]);
  for (const table of ["processor_ranges", "processor_workers", "parked", "discarded"]) {
    await session.all(`DELETE FROM @${table} WHERE processor = $1`, [name]);
  }
}

function toState(row: ProcessorRow): ProcessorState {
  return {
    ranges: (JSON.parse(row.ranges) as RangeJson[]).map(toRange),
    workers: (JSON.parse(row.workers) as { id: string; alive_until: number }[]).map(
      ({ id, alive_until }) => ({
        id,
        aliveUntil: alive_until,
      }),
    ),
    paused: row.paused,
    buildTarget: row.build_target,
  };
}

function toRange(row: RangeJson): SliceRange {
  return {
    from: row.from_slice,
    to: row.to_slice,
    checkpoint: {
      logId: row.checkpoint_log,
      position: row.checkpoint_position,
      eventId: row.checkpoint_event,
    },
    ...(row.owner === null ? {} : { owner: row.owner }),
    epoch: row.epoch,
    leaseUntil: row.lease_until,
    ...(row.failure === null ? {} : { failure: row.failure }),
  };
}
