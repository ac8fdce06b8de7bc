import type { Command } from "commander";
import { MillraceError } from "../errors/millrace-error.ts";
import { importPostgres } from "../hosts/node/open-database.ts";
import { tableOf } from "../runtime/view-tables.ts";
import { loadService } from "./load-config.ts";
import { settingsOf } from "./open-service.ts";
import { type ListOptions, withExamples, withListOptions } from "./options.ts";
import { counted, writeJson, writeLine } from "./output.ts";

interface MigrateOptions extends ListOptions {
  readonly dryRun?: boolean;
  readonly grants?: boolean;
}

export function declareMigrate(program: Command): void {
  const command = program
    .command("migrate")
    .description(
      "Bring a PostgreSQL schema up to date and make the tables of the declared views, so that processes need no right to.",
    )
    .option("--dry-run", "print the SQL that is due, and change nothing")
    .option(
      "--grants",
      "print the SQL that gives each role of a process the least rights, and change nothing",
    );
  withListOptions(command).action(async (options: MigrateOptions) => {
    const loaded = await loadService(options);
    const { database } = settingsOf(loaded);
    if (database.kind !== "postgres") {
      throw new MillraceError(
        "configuration-invalid",
        `Only PostgreSQL is migrated apart from a start, and the database is ${database.kind}: set DATABASE_URL to a postgres:// URL. An SQLite file is made, and brought up to date, by the start itself.`,
      );
    }
    const { migratePostgres, postgresGrants } = await importPostgres();
    const { name, definition } = loaded.config.service;
    const { url, schema = name } = database;
    if (options.grants) return print(postgresGrants({ schema }), options);
    const tables = definition.views.map((view) => tableOf(view, 1));
    const statements = await migratePostgres({ url, schema, tables, dryRun: options.dryRun ?? false });
    if (options.dryRun || options.json) return print(statements, options);
    await writeLine(
      statements.length === 0
        ? `Schema ${schema} is up to date.`
        : `Schema ${schema} was brought up to date with ${counted(statements.length)} statements.`,
    );
  });
  withExamples(
    command,
    "millrace migrate",
    "millrace migrate --dry-run > due.sql",
    "millrace migrate --grants > grants.sql",
  );
}

/** A script that does all or nothing. */
async function print(statements: readonly string[], { json }: MigrateOptions): Promise<void> {
  if (json) return writeJson(statements);
  if (statements.length === 0) return writeLine("-- Nothing is due.");
  await writeLine(["BEGIN", ...statements, "COMMIT"].map((sql) => `${dedented(sql)};\n`).join("\n"));
}

/** Without the two spaces that lines have in our sources, and a semicolon at the end. */
function dedented(sql: string): string {
  return sql.replace(/^ {2}/gm, "").trim().replace(/;$/, "");
}
