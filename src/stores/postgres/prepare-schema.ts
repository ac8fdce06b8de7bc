import { MillraceError } from "../../errors/millrace-error.ts";
import type { ViewTable } from "../../ports/view-table.ts";
import type { Database, Session } from "./database.ts";
import { migrations } from "./migrations.ts";
import { inSchema, quoted } from "./sql-name.ts";
import { hasTable, listTables, makeTableSql } from "./view-tables.ts";

/**
 * Sees to it that the schema is there and at the newest step, which is brought about where `migrate` allows. Rejects with
 * `store-newer` for a schema that this version of Millrace may not share, `store-foreign` for one that holds somebody else's
 * tables, and `store-unavailable` for one that would have to be migrated first; all are left alone.
 */
export async function prepareSchema(
  database: Database,
  schema: string,
  { migrate }: { readonly migrate: boolean },
): Promise<void> {
  const found = await appliedSteps(database, database.name, schema);
  if (found >= migrations.length) return;
  if (!migrate) {
    throw new MillraceError(
      "store-unavailable",
      found === 0
        ? `There is no store in ${database.name} yet: run "millrace migrate" or start the service once, or set DATABASE_URL to the one that you mean.`
        : `The schema of ${database.name} is at step ${found} of ${migrations.length}: run "millrace migrate" to bring it up to date.`,
      { data: { store: database.name, expected: migrations.length, found } },
    );
  }
  await migrateSchema(database, schema, { tables: [], dryRun: false });
}

/**
 * Runs whatever is due for the schema and these tables of views, in one transaction and under a lock, so that of several
 * processes that start at once one migrates. Resolves with the statements that were run, or with `dryRun` would be.
 */
export function migrateSchema(
  database: Database,
  schema: string,
  { tables, dryRun }: { readonly tables: readonly ViewTable[]; readonly dryRun: boolean },
): Promise<readonly string[]> {
  return database.transaction(
    async (session) => {
      await session.all("SELECT pg_advisory_xact_lock(hashtextextended('millrace migration', 0))");
      const applied = await appliedSteps(session, database.name, schema);
      const statements = [
        ...(await dueSchema(session, schema)),
        ...dueSteps(applied),
        ...(applied === 0 ? tables.map(makeTableSql) : await dueTables(session, tables)),
      ];
      if (!dryRun) for (const statement of statements) await session.all(statement);
      return statements.map((statement) => inSchema(statement, schema));
    },
    { repeatable: true },
  );
}

/** Where somebody made the schema for the service, its user needs no right to make any, for which IF NOT EXISTS would ask. */
async function dueSchema(session: Session, schema: string): Promise<readonly string[]> {
  const found = await session.all("SELECT FROM pg_namespace WHERE nspname = $1", [schema]);
  return found.length > 0 ? [] : [`CREATE SCHEMA ${quoted(schema)}`];
}

function dueSteps(applied: number): readonly string[] {
  const beginning =
    applied > 0
      ? []
      : [
          "CREATE TABLE @migrations (number integer PRIMARY KEY, shared_from integer NOT NULL, applied_at timestamptz NOT NULL)",
        ];
  const steps = migrations
    .slice(applied)
    .flatMap(({ sql, sharedFrom }, index) => [
      sql,
      `INSERT INTO @migrations VALUES (${applied + index + 1}, ${sharedFrom}, clock_timestamp())`,
    ]);
  return [...beginning, ...steps];
}

/** What makes the tables whose versions have none, of whatever generation. Throws `declaration-invalid` for other indexes. */
async function dueTables(session: Session, tables: readonly ViewTable[]): Promise<readonly string[]> {
  const known = await listTables(session);
  const due: string[] = [];
  for (const table of tables) {
    const { generation = table.generation } =
      known.find(({ view, version }) => view === table.view && version === table.version) ?? {};
    if (!(await hasTable(session, { ...table, generation }))) due.push(makeTableSql(table));
  }
  return due;
}

/** How many steps were applied. Throws `store-newer` and `store-foreign`. */
async function appliedSteps(session: Session, store: string, schema: string): Promise<number> {
  const [found] = await session.all<{ readonly tables: number; readonly has_migrations: boolean }>(
    // Others have a table of that name as well: ours is known by its columns.
    `SELECT count(*) AS tables, coalesce(bool_or(c.relname = 'migrations' AND 2 = (
        SELECT count(*) FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname IN ('number', 'shared_from')
      )), false) AS has_migrations
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = $1 AND c.relkind IN ('r', 'p')`,
    [schema],
    { brief: true },
  );
  if (found === undefined || found.tables === 0) return 0;
  if (!found.has_migrations) {
    throw new MillraceError(
      "store-foreign",
      `The schema of ${store} holds ${found.tables} tables, and none of them is Millrace's: expected a schema that is empty or not there.`,
      { data: { store } },
    );
  }
  const [last] = await session.all<{ readonly applied: number; readonly shared_from: number }>(
    "SELECT coalesce(max(number), 0) AS applied, coalesce(max(shared_from), 0) AS shared_from FROM @migrations",
    [],
    { brief: true },
  );
  const { applied = 0, shared_from: sharedFrom = 0 } = last ?? {};
  if (sharedFrom > migrations.length) {
    throw new MillraceError(
      "store-newer",
      `The schema of ${store} is at step ${applied}, which versions of Millrace share that know step ${sharedFrom}, and this one knows ${migrations.length}: start a version that is as new.`,
      { data: { store, expected: migrations.length, found: applied } },
    );
  }
  return applied;
}
