import { accessSync, constants, existsSync, mkdirSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { MillraceError } from "../../errors/millrace-error.ts";
import { type Clock, systemClock } from "../../ports/clock.ts";
import type { EventStore } from "../../ports/event-store.ts";
import type { StateStore } from "../../ports/state-store.ts";
import { noTelemetry, type Telemetry } from "../../ports/telemetry.ts";
import { maxEventBytes } from "../foundation/pending-commit.ts";
import type { Connection } from "./connection.ts";
import { connect } from "./file-connection.ts";
import { prepareDatabase } from "./prepare-database.ts";
import { readLogId } from "./read-log-id.ts";
import { SqliteEventStore } from "./sqlite-event-store.ts";
import { SqliteStateStore } from "./sqlite-state-store.ts";
import { storageError } from "./storage-error.ts";

export interface SqliteOptions {
  /** The database file; made, with its folder, if it is not there. Several processes may open it, on one machine. */
  readonly path: string;
  /** How long to wait for another process that holds the write lock; default 10,000. Then `store-unavailable`. */
  readonly lockTimeoutMs?: number;
  /** How many appends may wait for their batch; default 10,000. Then `overloaded`. */
  readonly maxWaitingAppends?: number;
  readonly telemetry?: Telemetry;
  readonly clock?: Clock;
}

export interface SqliteStore {
  readonly events: EventStore;
  readonly state: StateStore;
  /** Finishes what was accepted, then closes the file. Idempotent. */
  close(): Promise<void>;
}

/**
 * Opens the embedded store: both ports in one SQLite file. Rejects with `store-foreign` for a file of somebody else,
 * `store-newer`, `store-corrupt`, `store-read-only`, `store-full` or `store-unavailable`, and leaves such a file alone.
 */
export async function openSqlite(options: SqliteOptions): Promise<SqliteStore> {
  const { maxWaitingAppends = 10_000, telemetry = noTelemetry, clock = systemClock } = options;
  if (options.path === ":memory:" || options.path === "") {
    throw new MillraceError(
      "configuration-invalid",
      `The SQLite store needs a file, because several connections share it; found ${JSON.stringify(options.path)}. For tests there is the memory store.`,
    );
  }
  const path = resolve(options.path);
  const opened: Connection[] = [];
  const open = () => {
    const connection = connect(path, options.lockTimeoutMs);
    opened.push(connection);
    return connection;
  };
  try {
    mkdirSync(dirname(path), { recursive: true });
    // SQLite itself would open such a file for reading and fail at the first write.
    if (existsSync(path)) accessSync(path, constants.W_OK);
    accessSync(dirname(path), constants.W_OK);
    const log = open();
    await log.whenFree(() => prepareDatabase(log));
    // The log's writes are synced before they are acknowledged (G1); macOS needs a stronger call for the same.
    await log.whenFree(() =>
      log.exec("PRAGMA synchronous = FULL; PRAGMA fullfsync = 1; PRAGMA checkpoint_fullfsync = 1"),
    );
    const state = open();
    // State follows from the log. A loss of power may take its last transactions, each as a whole and none without those
    // after it; what they did is then done again from the log, which is always ahead.
    await state.whenFree(() => state.exec("PRAGMA synchronous = NORMAL"));
    const logId = await log.whenFree(() => readLogId(log));
    const events = new SqliteEventStore(log, {
      logId,
      name: "sqlite",
      maxEventBytes,
      maxWaitingAppends,
      telemetry,
      clock,
    });
    const states = new SqliteStateStore(state, clock);
    let closing: Promise<void> | undefined;
    const close = async () => {
      await Promise.all([events.close(), states.close()]);
    };
    return {
      events,
      state: states,
      close: () => {
        closing ??= close();
        return closing;
      },
    };
  } catch (error) {
    for (const connection of opened) connection.close();
    throw fileError(error, path);
  }
}

/** Errors of the file system that come before SQLite has a say. */
function fileError(error: unknown, path: string): unknown {
  const code = (error as { code?: unknown } | null)?.code;
  if (code === "EACCES" || code === "EPERM" || code === "EROFS") {
    return new MillraceError("store-read-only", `The database ${path} or its folder cannot be written.`, {
      data: { path },
      cause: error,
    });
  }
  return storageError(error, path);
}
