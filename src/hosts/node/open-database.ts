import type { EventStore } from "../../ports/event-store.ts";
import type { StateStore } from "../../ports/state-store.ts";
import { noTelemetry } from "../../ports/telemetry.ts";
import { openMemory } from "../../stores/memory/index.ts";
import { openSqlite } from "../../stores/sqlite/index.ts";
import type { Database } from "./database-url.ts";

/** The two stores of a service, opened. */
export interface Stores {
  readonly events: EventStore;
  readonly state: StateStore;
  close(): Promise<void>;
}

/** Opens the stores of a database; an SQLite file is made if there is none. Rejects with `store-…`. */
export async function openDatabase(database: Database, telemetry = noTelemetry): Promise<Stores> {
  return database.kind === "memory" ? openMemory() : openSqlite({ path: database.path, telemetry });
}
