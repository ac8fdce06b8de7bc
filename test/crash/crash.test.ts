import { randomUUID } from "node:crypto";
import pg from "pg";
import { inject, test } from "vitest";
import { killRounds, killRoundsOnSqlite } from "./kill-rounds.ts";

const promise =
  "G1, G2, G3, G5, G7: killed with -9 at random points under load, five times over one database";

test(`${promise}, on SQLite`, { timeout: 120_000 }, async () => {
  await killRoundsOnSqlite(5, 20_260);
});

test(`${promise}, on PostgreSQL`, { timeout: 120_000 }, async () => {
  await killRounds(await freshDatabase(), 5, 20_261);
});

/** A database of its own on the server that all tests share. */
async function freshDatabase(): Promise<string> {
  const url = new URL(inject("postgresUrl"));
  const client = new pg.Client({ connectionString: url.href });
  await client.connect();
  const name = `crash_${randomUUID()}`;
  await client.query(`CREATE DATABASE "${name}"`);
  await client.end();
  url.pathname = name;
  return url.href;
}
