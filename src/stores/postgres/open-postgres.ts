import { MillraceError } from "../../errors/millrace-error.ts";
import type { EventStore } from "../../ports/event-store.ts";
import type { StateStore } from "../../ports/state-store.ts";
import { noTelemetry, type Telemetry } from "../../ports/telemetry.ts";
import { Database } from "./database.ts";
import { lookAtServer } from "./look-at-server.ts";
import { PostgresEventStore } from "./postgres-event-store.ts";
import { PostgresStateStore } from "./postgres-state-store.ts";
import { prepareSchema } from "./prepare-schema.ts";
import { requireSchemaName } from "./sql-name.ts";

export interface PostgresOptions {
  /** Such as `postgres://user:password@host:5432/database`. PostgreSQL 15 or newer. */
  readonly url: string;
  /** The schema that holds everything of one service, made if it is not there; default `millrace`. */
  readonly schema?: string;
  /** Connections for statements; default 10. One more listens, unless `listen` is false. */
  readonly maxConnections?: number;
  /** Whether to hear of other processes' events by LISTEN; default true. Without it, as behind a pooler or in a function, by a poll. */
  readonly listen?: boolean;
  /**
   * How long to try again after a lost connection, a failover and the like, in milliseconds; default 10,000. Then `store-unavailable`,
   * or `outcome-unknown` for an append of which nobody can tell whether it happened.
   */
  readonly patienceMs?: number;
  /** How many appends may wait for their batch; default 10,000. Then `overloaded`. */
  readonly maxWaitingAppends?: number;
  /**
   * Whether to make the schema, or bring it up to date, where that is due; default true. Without, `store-unavailable` where it is
   * not there or older: see `migratePostgres`.
   */
  readonly migrate?: boolean;
  readonly telemetry?: Telemetry;
}

export interface PostgresStore {
  readonly events: EventStore;
  readonly state: StateStore;
  /** Finishes what was accepted, then closes the connections. Idempotent. */
  close(): Promise<void>;
}

/**
 * Opens the store of one schema, shared by any number of processes: both ports in one PostgreSQL database, or in a replica of it, which
 * only answers. Rejects with
 * `configuration-invalid`, `store-foreign`, `store-newer`, `store-read-only` or `store-unavailable`.
 */
export async function openPostgres(options: PostgresOptions): Promise<PostgresStore> {
  const {
    url,
    schema = "millrace",
    maxConnections = 10,
    listen = true,
    patienceMs = 10_000,
    maxWaitingAppends = 10_000,
    migrate = true,
    telemetry = noTelemetry,
  } = options;
  requireSchemaName(schema);
  const database = new Database({ url, schema, maxConnections, patienceMs, telemetry });
  try {
    const server = await lookAtServer(database);
    database.isReplica = server.replica;
    database.asksForIsolation = server.isolation !== "read committed";
    await prepareSchema(database, schema, { migrate: migrate && !server.replica });
    const logId = await readLogId(database);
    const events = new PostgresEventStore(database, {
      logId,
      url,
      schema,
      // A replica passes no notifications on.
      listen: listen && !server.replica,
      maxWaitingAppends,
      telemetry,
    });
    const state = new PostgresStateStore(database, schema);
    let closing: Promise<void> | undefined;
    const close = async () => {
      await Promise.all([events.close(), state.close()]);
      await database.close();
    };
    return {
      events,
      state,
      close: () => {
        closing ??= close();
        return closing;
      },
    };
  } catch (error) {
    await database.close();
    throw error;
  }
}

async function readLogId(database: Database): Promise<string> {
  const [log] = await database.all<{ readonly id: string }>("SELECT id FROM @log", [], { brief: true });
  if (log !== undefined) return log.id;
  throw new MillraceError("store-corrupt", `The database ${database.name} has lost the id of its log.`, {
    data: { store: database.name },
  });
}
