import type { CommandRecord } from "../../ports/event-store.ts";
import type { Connection } from "./connection.ts";

interface CommandRow {
  readonly fingerprint: string;
  readonly first_position: number | null;
  readonly last_position: number | null;
  readonly refusal_code: string | null;
  readonly refusal_detail: string | null;
}

/** What is recorded of a command. */
export function findCommand(connection: Connection, commandId: string): CommandRecord | undefined {
  const row = connection
    .sql(
      "SELECT fingerprint, first_position, last_position, refusal_code, refusal_detail FROM commands WHERE id = ?",
    )
    .get<CommandRow>(commandId);
  if (row === undefined) return undefined;
  const { fingerprint, first_position, last_position, refusal_code, refusal_detail } = row;
  if (first_position !== null && last_position !== null) {
    return { fingerprint, status: "appended", firstPosition: first_position, lastPosition: last_position };
  }
  return {
    fingerprint,
    status: "refused",
    refusal: { code: refusal_code ?? "", detail: refusal_detail ?? "" },
  };
}
