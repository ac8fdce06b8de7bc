import { isStorableText, requireStorableText } from "../../message/json.ts";
import type { Progress } from "../../ports/state-store.ts";
import { storableRow } from "../../ports/storable-row.ts";
import type { Row } from "../../ports/view-table.ts";
import { bigintArray, textArray } from "./binary-array.ts";
import type { Database, Session } from "./database.ts";
import { kyselyOn } from "./kysely-transaction.ts";
import { Parameters } from "./row-filter-sql.ts";
import { quoted } from "./sql-name.ts";
import { quotedTable } from "./view-table-names.ts";

/**
 * The same with work of the caller's own, in one transaction, whose names without a schema are of the store's. Rejects with
 * `outcome-unknown` where nobody can tell whether it was committed: done again, the work would take effect twice (G5).
 */
export function commitWithWork(
  database: Database,
  schema: string,
  progress: Progress,
  work: NonNullable<Progress["work"]>,
): Promise<"committed" | "fenced"> {
  return database.transaction(async (session) => {
    const result = await commitProgress(session, progress);
    if (result === "fenced") return result;
    await session.all(`SET LOCAL search_path TO ${quoted(schema)}, public`);
    await work(await kyselyOn(session));
    return result;
  });
}

/**
 * Everything of one step of a processor, or nothing if the range has another holder (G5), in one statement: the update
 * of the range comes first, waits for whoever changes the processor, and all the rest hangs on whether it found the range still
 * held. May be repeated by its holder without harm.
 */
export async function commitProgress(session: Session, progress: Progress): Promise<"committed" | "fenced"> {
  const { processor, range, checkpoint, rows, park = [], unpark = [], failure } = progress;
  const parameters = new Parameters();
  const p = (value: Parameters["values"][number]) => parameters.add(value);
  const name = p(processor);
  const setFailure = failure === undefined ? "" : `, failure = ${p(failure && JSON.stringify(failure))}`;
  const parts = [
    // Durable whatever the server's default: a worker outlives a crash of the server, and goes on from what it was told is committed.
    `held AS (
      UPDATE @processor_ranges SET
        checkpoint_log = ${p(checkpoint.logId)}, checkpoint_position = ${p(checkpoint.position)},
        checkpoint_event = ${p(checkpoint.eventId)}${setFailure}
      WHERE processor = ${name} AND from_slice = ${p(range.from)} AND to_slice = ${p(range.to)}
        AND owner = ${p(range.owner)} AND epoch = ${p(range.epoch)}
      RETURNING set_config('synchronous_commit', replace(current_setting('synchronous_commit'), 'off', 'on'), true))`,
  ];
  // The last change of a key is what is left of all of them.
  const changes = [...new Map(rows?.changes.map((change) => [change.key, change])).values()];
  const changed = changes.filter(({ row }) => row !== undefined);
  const removed = changes.filter(({ row }) => row === undefined);
  if (rows !== undefined && changed.length > 0) {
    const { table } = rows;
    const json = changed.map(({ key, row }) => storableRow(table, key, row as Row));
    parts.push(`written AS (
      INSERT INTO ${quotedTable(table)} (key, "row", position)
      SELECT u.key, u.json::jsonb, u.position FROM held, unnest(
        ${p(textArray(changed.map(({ key }) => key)))}::text[], ${p(textArray(json))}::text[],
        ${p(bigintArray(changed.map(({ position }) => position)))}::bigint[]) u (key, json, position)
      ON CONFLICT (key) DO UPDATE SET "row" = excluded."row", position = excluded.position)`);
  }
  if (rows !== undefined && removed.length > 0) {
    parts.push(`removed AS (
      DELETE FROM ${quotedTable(rows.table)} v USING held WHERE v.key = ANY (${p(removed.map(({ key }) => key).filter(isStorableText))}::text[]))`);
  }
  if (unpark.length > 0) {
    parts.push(`unparked AS (
      DELETE FROM @parked d USING held, unnest(
        ${p(unpark.map(({ sequence }) => sequence))}::text[], ${p(unpark.map(({ position }) => position))}::bigint[]) u (sequence, position)
      WHERE d.processor = ${name} AND d.sequence = u.sequence AND d.position = u.position)`);
  }
  const parked = park.filter(
    ({ sequence, position }) =>
      !unpark.some((other) => other.sequence === sequence && other.position === position),
  );
  if (parked.length > 0) {
    for (const { sequence } of parked) requireStorableText(sequence, "The sequence");
    parts.push(`parked AS (
      INSERT INTO @parked (processor, sequence, position, failure, retry_at)
      SELECT ${name}, u.* FROM held, unnest(
        ${p(parked.map(({ sequence }) => sequence))}::text[], ${p(parked.map(({ position }) => position))}::bigint[],
        ${p(parked.map((it) => (it.failure === undefined ? null : JSON.stringify(it.failure))))}::json[],
        ${p(parked.map(({ retryAt }) => retryAt ?? null))}::bigint[]) u
      ON CONFLICT (processor, sequence, position)
      DO UPDATE SET failure = excluded.failure, retry_at = excluded.retry_at)`);
  }
  const held = await session.all(`WITH ${parts.join(", ")} SELECT FROM held`, parameters.values, {
    prepared: true,
  });
  return held.length === 0 ? "fenced" : "committed";
}
