import { MillraceError } from "../../errors/millrace-error.ts";

/** A database and its schema as messages name them: without user and password. Throws `configuration-invalid` for what is no URL of PostgreSQL. */
export function databaseName(url: string, schema: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined || !["postgres:", "postgresql:"].includes(parsed.protocol)) {
    // The URL itself is not repeated: it may hold a password.
    throw new MillraceError(
      "configuration-invalid",
      'A PostgreSQL database is named as "postgres://user:password@host:5432/database"; found something else.',
    );
  }
  return `${parsed.host}${parsed.pathname} (schema ${schema})`;
}
