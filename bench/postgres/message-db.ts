import { randomUUID } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import pg from "pg";
import { newId } from "../../src/message/id.ts";
import { sampleData, sampleMetadata } from "../sample-commit.ts";
import { pathInPeer } from "./peers.ts";
import type { Writer } from "./writers.ts";

/** In the order of its install script, less views and privileges. */
const parts = ["roles", "schema", "extensions", "tables", "types", "functions", "indexes"];

const write =
  "SELECT message_store.write_message($1::varchar, $2::varchar, $3::varchar, $4::jsonb, $5::jsonb, $6::bigint)";

/** message-db's own function, by prepared statements, with a connection and a category for each caller: its locks are by category. */
export async function openMessageDb(url: string, callers: number): Promise<Writer> {
  const pool = new pg.Pool({
    connectionString: url,
    max: callers,
    options: "-c search_path=message_store,public -c client_min_messages=warning",
  });
  await pool.query(installationSql());
  return {
    table: "message_store.messages",
    append(index, caller) {
      const id = newId();
      const data = JSON.stringify(sampleData(index));
      const metadata = JSON.stringify(sampleMetadata(id));
      const values = [randomUUID(), `account${caller}-${id}`, "AccountSuspended", data, metadata, -1];
      return pool.query({ name: "write", text: write, values });
    },
    close: () => pool.end(),
  };
}

/** Whether its package has the SQL. */
export function hasMessageDb(): boolean {
  return existsSync(pathInPeer("@eventide/message-db", "database/functions/write-message.sql"));
}

function installationSql(): string {
  const sql = parts.flatMap((part) => {
    const folder = pathInPeer("@eventide/message-db", `database/${part}`);
    return readdirSync(folder)
      .sort()
      .map((file) => readFileSync(`${folder}/${file}`, "utf8"));
  });
  // Its script knows an order for the functions; without a look at their bodies any will do.
  return ["SET check_function_bodies = off", ...sql].join(";\n");
}
