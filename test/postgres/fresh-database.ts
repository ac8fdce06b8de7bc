import { randomUUID } from "node:crypto";
import pg from "pg";
import { inject } from "vitest";

/** The URL of a database of its own on the server that all tests share. */
export async function freshDatabase(): Promise<string> {
  const url = new URL(inject("postgresUrl"));
  const client = new pg.Client({ connectionString: url.href });
  await client.connect();
  const name = `test_${randomUUID()}`;
  await client.query(`CREATE DATABASE "${name}"`);
  await client.end();
  url.pathname = name;
  return url.href;
}
