import type { CommandRecord, RecordedOutcome } from "../../ports/event-store.ts";
import type { Connection } from "./connection.ts";

interface CommandRow {
  readonly fingerprint: string;
  readonly first_position: number | null;
  readonly last_position: number | null;
  readonly outcome: string | null;
}

/** So many records are looked at in one transaction: appends wait no longer than for that. */
const forgottenAtOnce = 1000;

/**
 * Forgets those of the next so many commands by id that were recorded before a time. The last id looked at goes into the next call;
 * undefined once there are no more.
 */
export function forgetCommands(
  connection: Connection,
  after: string,
  before: number,
): { readonly forgotten: number; readonly last: string | undefined } {
  const page = connection
    .sql(`
      SELECT c.id, coalesce(c.outcome_at, e.recorded_at) AS recorded_at
      FROM commands c LEFT JOIN events e ON e.position = c.last_position
      WHERE c.id > ? ORDER BY c.id LIMIT ?`)
    .all<{ readonly id: string; readonly recorded_at: number | null }>(after, forgottenAtOnce);
  const old = page.filter(({ recorded_at }) => (recorded_at ?? 0) < before);
  const forget = connection.sql("DELETE FROM commands WHERE id = ?");
  for (const { id } of old) forget.run(id);
  return {
    forgotten: old.length,
    last: page.length < forgottenAtOnce ? undefined : page.at(-1)?.id,
  };
}

/** What is recorded of a command. */
export function findCommand(connection: Connection, commandId: string): CommandRecord | undefined {
  const row = connection
    .sql("SELECT fingerprint, first_position, last_position, outcome FROM commands WHERE id = ?")
    .get<CommandRow>(commandId);
  if (row === undefined) return undefined;
  const { fingerprint, first_position, last_position, outcome } = row;
  if (first_position !== null && last_position !== null) {
    return { fingerprint, status: "appended", firstPosition: first_position, lastPosition: last_position };
  }
  return { fingerprint, status: "recorded", outcome: JSON.parse(outcome ?? "null") as RecordedOutcome };
}
