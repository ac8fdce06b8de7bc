import { openPostgres, type PostgresOptions } from "millrace/postgres";
import pg from "pg";
import { onTestFinished } from "vitest";

export type OpenedPostgres = Awaited<ReturnType<typeof openPostgres>>;

/** A store that is closed after the test. */
export async function opened(options: PostgresOptions): Promise<OpenedPostgres> {
  const store = await openPostgres(options);
  onTestFinished(() => store.close());
  return store;
}

/** A connection that is ended after the test. */
export async function connected(url: string): Promise<pg.Client> {
  const client = new pg.Client(url);
  // The server may be stopped before the test is over.
  client.on("error", () => {});
  await client.connect();
  onTestFinished(() => client.end());
  return client;
}

/** `url` with another database, user or password. */
export function withParts(
  url: string,
  parts: { readonly database?: string; readonly username?: string; readonly password?: string },
): string {
  const changed = new URL(url);
  const { database, username, password } = parts;
  if (database !== undefined) changed.pathname = `/${encodeURIComponent(database)}`;
  if (username !== undefined) changed.username = username;
  if (password !== undefined) changed.password = password;
  return changed.href;
}
