import { MillraceError } from "../../errors/millrace-error.ts";
import type { EventStore } from "../../ports/event-store.ts";
import type { StateStore } from "../../ports/state-store.ts";
import { noTelemetry, type Telemetry } from "../../ports/telemetry.ts";
import { openMemory } from "../../stores/memory/index.ts";
import { openSqlite } from "../../stores/sqlite/index.ts";
import type { Database } from "./database-url.ts";

/** The two stores of a service, opened. */
export interface Stores {
  readonly events: EventStore;
  readonly state: StateStore;
  close(): Promise<void>;
}

export interface OpenDatabaseOptions {
  /** The name of the service that they are for. */
  readonly service: string;
  readonly telemetry?: Telemetry;
  /** Whether a PostgreSQL schema is made, or brought up to date, where that is due; default true. */
  readonly migrate?: boolean;
}

/** Opens the stores of a database; an SQLite file or PostgreSQL schema is made if there is none. Rejects with `store-…`. */
export async function openDatabase(database: Database, options: OpenDatabaseOptions): Promise<Stores> {
  const { service, telemetry = noTelemetry, migrate = true } = options;
  switch (database.kind) {
    case "memory":
      return openMemory();
    case "sqlite":
      return openSqlite({ path: database.path, telemetry });
    case "postgres": {
      const { openPostgres } = await importPostgres();
      const { kind: _, ...place } = database;
      return openPostgres({ schema: service, ...place, telemetry, migrate });
    }
  }
}

/** The driver is a peer that only those install who use PostgreSQL. Rejects with `configuration-invalid` where it is not. */
export async function importPostgres(): Promise<typeof import("../../stores/postgres/index.ts")> {
  try {
    return await import("../../stores/postgres/index.ts");
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "ERR_MODULE_NOT_FOUND") throw cause;
    throw new MillraceError(
      "configuration-invalid",
      'The database is PostgreSQL, and its driver is not installed: expected the package "pg" ("npm install pg").',
      { cause },
    );
  }
}
