import type { CommandRecord, RecordedOutcome } from "../../ports/event-store.ts";
import type { Connection } from "./connection.ts";

interface CommandRow {
  readonly fingerprint: string;
  readonly first_position: number | null;
  readonly last_position: number | null;
  readonly outcome: string | null;
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
