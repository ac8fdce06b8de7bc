import { statSync } from "node:fs";
import { MillraceError } from "../../errors/millrace-error.ts";
import type { Connection } from "./connection.ts";
import { applyMigrations, migrations } from "./migrations.ts";

/** "Mrce" in ASCII: marks the file as ours, for us and for `file(1)`. */
const applicationId = 0x4d726365;

/** A quick check reads the whole file, about 1 GB/s: up to this size nobody notices. Beyond, damage is met in use. */
const maxCheckedBytes = 16 * 1024 * 1024;

/**
 * Makes sure that the file is ours, whole and at the newest schema. Throws `store-foreign`, `store-newer` or
 * `store-corrupt` and leaves the file as it was. Several processes may do this to a new file at once: all look, one
 * migrates.
 */
export function prepareDatabase(connection: Connection): void {
  const applied = requireOurs(connection);
  if (applied > 0) requireWhole(connection);
  // Persistent, so mostly a no-op. Set before the first transaction: it cannot change within one.
  const mode = connection.sql("PRAGMA journal_mode = WAL").get<{ readonly journal_mode: string }>();
  if (mode?.journal_mode !== "wal") {
    throw new MillraceError(
      "store-unavailable",
      `The database ${connection.path} cannot use a write-ahead log (it stays in mode "${mode?.journal_mode}"): put it on a local file system.`,
      { data: { path: connection.path } },
    );
  }
  if (applied < migrations.length) connection.transaction("immediate", () => migrate(connection));
}

/** The number of migrations that the file has seen; 0 for an empty one. */
function requireOurs(connection: Connection): number {
  const { path } = connection;
  const id = connection
    .sql("PRAGMA application_id")
    .get<{ readonly application_id: number }>()?.application_id;
  const applied =
    connection.sql("PRAGMA user_version").get<{ readonly user_version: number }>()?.user_version ?? 0;
  const tables = connection
    .sql("SELECT count(*) AS count FROM sqlite_schema")
    .get<{ readonly count: number }>();
  const empty = id === 0 && applied === 0 && tables?.count === 0;
  if (id !== applicationId && !empty) {
    throw new MillraceError(
      "store-foreign",
      `The database ${path} is not one of Millrace: expected application id ${applicationId}, found ${id}.`,
      { data: { path, expected: applicationId, found: id } },
    );
  }
  if (applied > migrations.length) {
    throw new MillraceError(
      "store-newer",
      `The database ${path} was written by a newer version of Millrace: expected schema ${migrations.length} or lower, found ${applied}.`,
      { data: { path, expected: migrations.length, found: applied } },
    );
  }
  return applied;
}

function requireWhole(connection: Connection): void {
  if (statSync(connection.path).size > maxCheckedBytes) return;
  const check = connection.sql("PRAGMA quick_check(1)").get<{ readonly quick_check: string }>();
  if (check?.quick_check !== "ok") {
    throw new MillraceError(
      "store-corrupt",
      `The database ${connection.path} is damaged: ${check?.quick_check}. Restore it from a backup.`,
      { data: { path: connection.path, found: check?.quick_check } },
    );
  }
}

function migrate(connection: Connection): void {
  // Again, now that nobody else can write: another process may have been faster.
  const applied = requireOurs(connection);
  applyMigrations(connection, applied);
  connection.exec(`PRAGMA application_id = ${applicationId}; PRAGMA user_version = ${migrations.length};`);
}
