import type { CommandRecord, RecordedOutcome } from "../../ports/event-store.ts";
import type { Session } from "./database.ts";

interface CommandRow {
  readonly fingerprint: string;
  readonly first_position: number | null;
  readonly last_position: number | null;
  readonly outcome: string | null;
}

export interface ForgottenPage {
  readonly forgotten: number;
  /** The last id that was looked at; null once there are no more. */
  readonly last: string | null;
}

/** So many records are looked at in one statement. */
const forgottenAtOnce = 1000;

/** What is recorded of a command. */
export async function findCommand(session: Session, commandId: string): Promise<CommandRecord | undefined> {
  const [row] = await session.all<CommandRow>(
    "SELECT fingerprint, first_position, last_position, outcome FROM @commands WHERE id = $1",
    [commandId],
    { brief: true },
  );
  if (row === undefined) return undefined;
  const { fingerprint, first_position, last_position, outcome } = row;
  return first_position !== null && last_position !== null
    ? { fingerprint, status: "appended", firstPosition: first_position, lastPosition: last_position }
    : { fingerprint, status: "recorded", outcome: JSON.parse(outcome ?? "null") as RecordedOutcome };
}

/** Forgets those of the next so many commands by id that were recorded before a time. */
export async function forgetCommands(
  session: Session,
  after: string,
  before: number,
): Promise<ForgottenPage> {
  const [page] = await session.all<{
    readonly looked: number;
    readonly forgotten: number;
    readonly last: string | null;
  }>(
    `WITH
      page AS MATERIALIZED (
        SELECT c.id, coalesce(c.outcome_at, e.recorded_at, 0) AS recorded_at
        FROM @commands c LEFT JOIN @events e ON e.position = c.last_position
        WHERE c.id > $1 ORDER BY c.id LIMIT $3),
      gone AS (DELETE FROM @commands c USING page p WHERE c.id = p.id AND p.recorded_at < $2 RETURNING c.id)
    SELECT (SELECT count(*) FROM page) AS looked, (SELECT count(*) FROM gone) AS forgotten, (SELECT max(id) FROM page) AS last`,
    [after, before, forgottenAtOnce],
  );
  const { looked = 0, forgotten = 0, last = null } = page ?? {};
  return { forgotten, last: looked < forgottenAtOnce ? null : last };
}
