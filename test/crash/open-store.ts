import { openPostgres } from "../../src/stores/postgres/index.ts";
import { openSqlite } from "../../src/stores/sqlite/index.ts";
import type { Stores } from "../runtime/running.ts";

/** The store in an SQLite file, or in the schema `wallets` of a PostgreSQL database. */
export function openStore(place: string): Promise<Stores> {
  return place.startsWith("postgres:")
    ? openPostgres({ url: place, schema: "wallets" })
    : openSqlite({ path: place });
}
