import { noTelemetry } from "../../ports/telemetry.ts";
import type { ViewTable } from "../../ports/view-table.ts";
import { Database } from "./database.ts";
import { lookAtServer } from "./look-at-server.ts";
import { migrateSchema } from "./prepare-schema.ts";
import { requireSchemaName } from "./sql-name.ts";

export interface MigrateOptions {
  /** As `openPostgres` takes it, of the user who is to own the tables. */
  readonly url: string;
  /** Default `millrace`. */
  readonly schema?: string;
  /** The first tables of the declared views' versions; those whose version has one already are left alone. */
  readonly tables?: readonly ViewTable[];
  /** Whether to change nothing; default false. */
  readonly dryRun?: boolean;
  /** See `PostgresOptions`; default 10,000. */
  readonly patienceMs?: number;
}

/**
 * Brings a schema up to date and makes the tables of views, so that the processes of the service need no right to make anything.
 * One transaction, under a lock: several at once do it once. Resolves with the statements that were run, or with `dryRun` would
 * be; none where nothing is due. Rejects with what `openPostgres` rejects with, and with `declaration-invalid` where a
 * table has other indexes.
 */
export async function migratePostgres(options: MigrateOptions): Promise<readonly string[]> {
  const { url, schema = "millrace", tables = [], dryRun = false, patienceMs = 10_000 } = options;
  requireSchemaName(schema);
  const database = new Database({ url, schema, maxConnections: 1, patienceMs, telemetry: noTelemetry });
  try {
    await lookAtServer(database);
    return await migrateSchema(database, schema, { tables, dryRun });
  } finally {
    await database.close();
  }
}
