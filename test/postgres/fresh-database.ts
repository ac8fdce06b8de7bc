import { randomUUID } from "node:crypto";
import pg from "pg";
import { inject } from "vitest";

/** The URL of a database of its own, with settings of its own, on the server that all tests share. */
export async function freshDatabase(settings: Readonly<Record<string, string>> = {}): Promise<string> {
  const url = new URL(inject("postgresUrl"));
  const name = `test_${randomUUID()}`;
  const client = new pg.Client({ connectionString: url.href });
  await client.connect();
  await client.query(`CREATE DATABASE "${name}"`);
  for (const [setting, value] of Object.entries(settings)) {
    await client.query(`ALTER DATABASE "${name}" SET ${setting} = '${value}'`);
  }
  await client.end();
  url.pathname = name;
  return url.href;
}
