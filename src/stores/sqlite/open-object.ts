import { MillraceError } from "../../errors/millrace-error.ts";
import { type Clock, systemClock } from "../../ports/clock.ts";
import { noTelemetry, type Telemetry } from "../../ports/telemetry.ts";
import type { Connection } from "./connection.ts";
import { applyMigrations, migrations } from "./migrations.ts";
import { connectToObject, type ObjectStorage } from "./object-connection.ts";
import type { SqliteStore } from "./open-sqlite.ts";
import { readLogId } from "./read-log-id.ts";
import { SqliteEventStore } from "./sqlite-event-store.ts";
import { SqliteStateStore } from "./sqlite-state-store.ts";

export interface ObjectStoreOptions {
  /** The storage of the Durable Object: `ctx.storage`. Its class must be one with SQLite (`new_sqlite_classes`). */
  readonly storage: ObjectStorage;
  /** How many appends may wait for their batch; default 10,000. Then `overloaded`. */
  readonly maxWaitingAppends?: number;
  readonly telemetry?: Telemetry;
  readonly clock?: Clock;
}

/** A row has at most 2 MB, metadata and tags included. */
const maxEventBytes = 1.5 * 2 ** 20;

const name = "of the Durable Object";

/**
 * Opens the store of a service in its Durable Object, which is the single writer: both ports in the object's SQLite database. Appends are
 * acknowledged once the platform has made them durable. Rejects with `store-foreign` or `store-newer`, and leaves such storage alone.
 */
export async function openObject(options: ObjectStoreOptions): Promise<SqliteStore> {
  const { storage, maxWaitingAppends = 10_000, telemetry = noTelemetry, clock = systemClock } = options;
  const connection = connectToObject(storage, name);
  await connection.whenFree(() => connection.transaction("immediate", () => prepare(connection)));
  const logId = readLogId(connection);
  const events = new SqliteEventStore(connection, {
    logId,
    name: "durable-object",
    maxEventBytes,
    maxWaitingAppends,
    telemetry,
    clock,
  });
  const state = new SqliteStateStore(connection, clock);
  let closing: Promise<void> | undefined;
  const close = async () => {
    await Promise.all([events.close(), state.close()]);
  };
  return {
    events,
    state,
    close: () => {
      closing ??= close();
      return closing;
    },
  };
}

/** Makes sure that the storage is ours and at the newest schema. It has no pragmas that would tell. */
function prepare(connection: Connection): void {
  const tables = connection
    .sql("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE '\\_cf\\_%' ESCAPE '\\'")
    .all<{ readonly name: string }>()
    .map((table) => table.name);
  if (tables.length > 0 && !tables.includes("millrace_schema")) {
    throw new MillraceError(
      "store-foreign",
      `The storage ${connection.path} holds tables that are not of Millrace: ${tables.slice(0, 5).join(", ")}. Give the service an object of its own.`,
    );
  }
  if (tables.length === 0) connection.exec("CREATE TABLE millrace_schema (steps INTEGER NOT NULL) STRICT");
  const applied =
    connection.sql("SELECT steps FROM millrace_schema").get<{ readonly steps: number }>()?.steps ?? 0;
  if (applied > migrations.length) {
    throw new MillraceError(
      "store-newer",
      `The database ${connection.path} was written by a newer version of Millrace: expected schema ${migrations.length} or lower, found ${applied}.`,
    );
  }
  applyMigrations(connection, applied);
  connection.exec(`DELETE FROM millrace_schema; INSERT INTO millrace_schema VALUES (${migrations.length})`);
}
