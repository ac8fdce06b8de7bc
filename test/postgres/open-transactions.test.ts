import { openPostgres } from "millrace/postgres";
import pg from "pg";
import { expect, inject, onTestFinished, test } from "vitest";
import { sampleCommit } from "../../src/testing/conformance/sample-commit.ts";
import { freshDatabase } from "./fresh-database.ts";
import { freshSchema } from "./fresh-schema.ts";

/** A log as G3 speaks of it: what commits late must not turn up behind what was read. */
interface Log {
  /** Appends within a transaction of a client's own, which is left open. */
  readonly appendIn: (client: pg.Client, name: string) => Promise<unknown>;
  /** Appends and commits; resolves once that is acknowledged. */
  readonly append: (name: string) => Promise<unknown>;
  /** The names after a position, in order, and the position of the last. */
  readonly read: (after: number) => Promise<{ readonly names: readonly string[]; readonly last: number }>;
}

async function connected(url: string = inject("postgresUrl")): Promise<pg.Client> {
  const client = new pg.Client(url);
  await client.connect();
  onTestFinished(() => client.end());
  return client;
}

/** A column that counts, as one would write it at first. */
async function naiveLog(): Promise<Log> {
  const client = await connected();
  const table = `"naive_${freshSchema().schema}"`;
  await client.query(`CREATE TABLE ${table} (position bigserial PRIMARY KEY, name text NOT NULL)`);
  const insert = `INSERT INTO ${table} (name) VALUES ($1)`;
  return {
    appendIn: (other, name) => other.query(insert, [name]),
    append: (name) => client.query(insert, [name]),
    async read(after) {
      const { rows } = await client.query<{ position: string; name: string }>(
        `SELECT position, name FROM ${table} WHERE position > $1 ORDER BY position`,
        [after],
      );
      return { names: rows.map(({ name }) => name), last: Number(rows.at(-1)?.position ?? after) };
    },
  };
}

async function millraceLog(): Promise<Log> {
  const place = freshSchema();
  const store = await openPostgres(place);
  onTestFinished(() => store.close());
  return {
    appendIn: (client, name) =>
      client.query(`SELECT "${place.schema}".append_one($1, '', $2, 0, $3, 'Happened', 1, '{}', '{}')`, [
        `command-${name}`,
        `thing-${name}`,
        name,
      ]),
    append: (name) => store.events.append(sampleCommit({ stream: `thing-${name}`, events: [{ id: name }] })),
    async read(after) {
      const { events, through } = await store.events.readLog({ after, limit: 1000 });
      return { names: events.map(({ id }) => id), last: through.position };
    },
  };
}

/**
 * Fails where a reader who goes on from where it was misses an event of a transaction that began first and committed last. The
 * second append waits for the first or does not: either is right, as long as nothing is missed.
 */
async function requireNothingMissed({ appendIn, append, read }: Log): Promise<void> {
  const slow = await connected();
  await slow.query("BEGIN");
  await appendIn(slow, "slow");
  const fast = append("fast");
  const isDone = await Promise.race([fast.then(() => true), waitsForLock(slow).then(() => false)]);
  const first = await read(0);
  if (isDone) expect(first.names).toContain("fast");
  await slow.query("COMMIT");
  await fast;
  const second = await read(first.last);
  expect([...first.names, ...second.names].toSorted()).toEqual(["fast", "slow"]);
}

/** Resolves once somebody waits for a lock that this client's transaction holds. */
async function waitsForLock(holder: pg.Client): Promise<void> {
  const { rows } = await holder.query<{ pid: number }>("SELECT pg_backend_pid() AS pid");
  const observer = await connected();
  for (;;) {
    const { rowCount } = await observer.query(
      "SELECT FROM pg_stat_activity WHERE $1 = ANY (pg_blocking_pids(pid))",
      [rows[0]?.pid],
    );
    if (rowCount !== 0) return;
  }
}

test("G3: an event of a transaction that commits late is not missed, as it would be in a log that merely counts", async () => {
  await requireNothingMissed(await millraceLog());
  await expect(requireNothingMissed(await naiveLog())).rejects.toThrow(/slow/);
});

/** A transaction with a snapshot and an id, of a database, that stays open for the rest of the test. */
async function leftOpen(url?: string): Promise<void> {
  const client = await connected(url);
  await client.query("BEGIN ISOLATION LEVEL REPEATABLE READ");
  await client.query("CREATE TEMPORARY TABLE of_mine (id integer) ON COMMIT DROP");
  await client.query("INSERT INTO of_mine SELECT txid_current()");
}

test("G3: transactions that stay open, here or in another database, hide no event and leave nothing behind in the log's row", async () => {
  const place = freshSchema();
  const admin = await connected();
  const [writer, reader] = await Promise.all([openPostgres(place), openPostgres(place)]);
  onTestFinished(async () => {
    await Promise.all([writer.close(), reader.close()]);
  });
  await leftOpen(place.url);
  await leftOpen(await freshDatabase());

  const versions = async () => {
    const { rows } = await admin.query<{ place: string; pages: string }>(
      `SELECT ctid::text AS place, pg_relation_size('"${place.schema}".log')::text AS pages FROM "${place.schema}".log`,
    );
    return rows;
  };
  const before = await versions();
  for (let position = 1; position <= 500; position++) {
    await writer.events.append(sampleCommit({ stream: `thing-${position}` }));
    const { events } = await reader.events.readLog({ after: position - 1, limit: 10 });
    expect(events.map((event) => event.position)).toEqual([position]);
  }
  // The row that all lock is the one that it was: an updated one leaves versions that no one may remove while those transactions live.
  expect(await versions()).toEqual(before);
});
