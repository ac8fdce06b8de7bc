import { MillraceError } from "../../errors/millrace-error.ts";
import type { Database, Session } from "./database.ts";
import { migrations } from "./migrations.ts";
import { quoted } from "./sql-name.ts";

/**
 * Brings the schema to the newest step, in one transaction and under a lock, so that of several processes that start at
 * once one migrates. Rejects with `store-newer` for a schema of a newer version of Millrace, and `store-foreign` for one that
 * holds somebody else's tables; both are left alone.
 */
export async function prepareSchema(
  database: Database,
  schema: string,
  { migrate }: { readonly migrate: boolean },
): Promise<void> {
  const found = await appliedSteps(database, database.name, schema);
  if (found === migrations.length) return;
  if (!migrate) {
    throw new MillraceError(
      "store-unavailable",
      found === 0
        ? `There is no store in ${database.name} yet. Start the service once, or set DATABASE_URL to the one that you mean.`
        : `The schema of ${database.name} is at step ${found} of ${migrations.length}: start the service once, to bring it up to date.`,
      { data: { store: database.name, expected: migrations.length, found } },
    );
  }
  await database.transaction(
    async (session) => {
      await session.all("SELECT pg_advisory_xact_lock(hashtextextended('millrace migration', 0))");
      const applied = await appliedSteps(session, database.name, schema);
      if (applied === 0) {
        await session.all(`CREATE SCHEMA IF NOT EXISTS ${quoted(schema)}`);
        await session.all(
          "CREATE TABLE @migrations (number integer PRIMARY KEY, applied_at timestamptz NOT NULL)",
        );
      }
      for (const [index, step] of migrations.entries()) {
        if (index < applied) continue;
        await session.all(step);
        await session.all("INSERT INTO @migrations (number, applied_at) VALUES ($1, clock_timestamp())", [
          index + 1,
        ]);
      }
    },
    { repeatable: true },
  );
}

/** How many steps were applied. Throws `store-newer` and `store-foreign`. */
async function appliedSteps(session: Session, store: string, schema: string): Promise<number> {
  const [found] = await session.all<{ readonly tables: number; readonly has_migrations: boolean }>(
    `SELECT count(*) AS tables, coalesce(bool_or(tablename = 'migrations'), false) AS has_migrations
    FROM pg_tables WHERE schemaname = $1`,
    [schema],
  );
  if (found === undefined || found.tables === 0) return 0;
  if (!found.has_migrations) {
    throw new MillraceError(
      "store-foreign",
      `The schema of ${store} holds ${found.tables} tables, and none of them is Millrace's: expected a schema that is empty or not there.`,
      { data: { store } },
    );
  }
  const [last] = await session.all<{ readonly number: number }>(
    "SELECT coalesce(max(number), 0) AS number FROM @migrations",
  );
  const applied = last?.number ?? 0;
  if (applied > migrations.length) {
    throw new MillraceError(
      "store-newer",
      `The schema of ${store} is at step ${applied}, and this version of Millrace knows ${migrations.length}: start a version that is as new.`,
      { data: { store, expected: migrations.length, found: applied } },
    );
  }
  return applied;
}
