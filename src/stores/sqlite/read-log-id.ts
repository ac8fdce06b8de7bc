import { MillraceError } from "../../errors/millrace-error.ts";
import type { Connection } from "./connection.ts";

/** The identity of the log. Throws `store-corrupt` where it is not there. */
export function readLogId(connection: Connection): string {
  const log = connection.sql("SELECT id FROM log").get<{ readonly id: string }>();
  if (log !== undefined) return log.id;
  throw new MillraceError("store-corrupt", `The database ${connection.path} has lost the id of its log.`, {
    data: { path: connection.path },
  });
}
