import { MillraceError } from "../../errors/millrace-error.ts";
import type { Database } from "./database.ts";

/** The oldest version that is tested. */
const oldestServer = 150_000;

export interface ServerFacts {
  /** The isolation that transactions have where nobody asks for another. */
  readonly isolation: string;
  readonly replica: boolean;
}

/** Rejects with `configuration-invalid` for a server that is too old, and for a database that cannot hold every text. */
export async function lookAtServer(database: Database): Promise<ServerFacts> {
  // In a transaction, which asks for an isolation that every server has: a replica has no SERIALIZABLE.
  const [server] = await database.transaction(
    (session) =>
      session.all<
        ServerFacts & { readonly number: string; readonly name: string; readonly encoding: string }
      >(
        `SELECT current_setting('server_version_num') AS number, current_setting('server_version') AS name,
          current_setting('server_encoding') AS encoding,
          current_setting('default_transaction_isolation') AS isolation, pg_is_in_recovery() AS replica`,
        [],
        { brief: true },
      ),
    { repeatable: true },
  );
  if (server === undefined || Number(server.number) < oldestServer) {
    throw new MillraceError(
      "configuration-invalid",
      `The server of ${database.name} is PostgreSQL ${server?.name}; expected 15 or newer.`,
    );
  }
  if (server.encoding !== "UTF8") {
    throw new MillraceError(
      "configuration-invalid",
      `The database ${database.name} has the encoding ${server.encoding}; expected UTF8, in which there is all text.`,
    );
  }
  return server;
}
