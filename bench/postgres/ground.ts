import pg from "pg";
import { makeServer } from "../../test/postgres/server.ts";

/** The server that all contestants share, with a database of its own for each run of each. */
export interface Ground {
  /** Runs `work`, which closes its connections, in a database that nobody used before, and drops it. */
  inFreshDatabase<Result>(work: (url: string) => Promise<Result>): Promise<Result>;
  remove(): Promise<void>;
}

/** Starts a server as it comes: its durability and its memory are PostgreSQL's defaults. */
export async function openGround(): Promise<Ground> {
  const server = await makeServer();
  const settings = await rowsOf<{ readonly name: string; readonly setting: string }>(
    server.url,
    `SELECT name, current_setting(name) AS setting FROM unnest(ARRAY[
      'server_version', 'fsync', 'synchronous_commit', 'wal_sync_method', 'shared_buffers', 'max_wal_size']) name`,
  );
  console.log(settings.map(({ name, setting }) => `${name} ${setting}`).join(", "));
  let databases = 0;
  return {
    async inFreshDatabase(work) {
      const name = `bench_${++databases}`;
      await rowsOf(server.url, `CREATE DATABASE ${name}`);
      const result = await work(server.url.replace(/[^/]*$/, name));
      // Waits for connections that are still being closed, and for a checkpoint: nobody pays for the pages of who ran before.
      await rowsOf(server.url, `DROP DATABASE ${name}`);
      return result;
    },
    remove: () => server.remove(),
  };
}

/** The rows of one statement on a connection of its own. */
export async function rowsOf<Row extends pg.QueryResultRow>(
  url: string,
  sql: string,
  values: readonly unknown[] = [],
): Promise<readonly Row[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Row>(sql, [...values])).rows;
  } finally {
    await client.end();
  }
}

/** Throws unless exactly what was acknowledged is stored. */
export async function requireRows(url: string, table: string, acknowledged: number): Promise<void> {
  const [found] = await rowsOf<{ readonly count: string }>(url, `SELECT count(*) FROM ${table}`);
  if (Number(found?.count) === acknowledged) return;
  throw new Error(`${acknowledged} rows were acknowledged and ${found?.count} are stored in ${table}`);
}
