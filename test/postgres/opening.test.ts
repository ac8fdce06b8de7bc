import { randomUUID } from "node:crypto";
import { openPostgres, type PostgresOptions } from "millrace/postgres";
import pg from "pg";
import { describe, expect, inject, onTestFinished, test } from "vitest";
import { sampleCommit } from "../../src/testing/conformance/sample-commit.ts";
import { eventually } from "../runtime/running.ts";
import { freshDatabase } from "./fresh-database.ts";
import { freshSchema } from "./fresh-schema.ts";

async function connected(url: string = inject("postgresUrl")): Promise<pg.Client> {
  const client = new pg.Client(url);
  await client.connect();
  onTestFinished(() => client.end());
  return client;
}

async function opened(options: PostgresOptions) {
  const store = await openPostgres(options);
  onTestFinished(() => store.close());
  return store;
}

/** The same place with parts of its URL changed. */
function withUrl(change: (url: URL) => void): string {
  const url = new URL(inject("postgresUrl"));
  change(url);
  return url.href;
}

describe("a place that is not the store's", () => {
  test("somebody else's schema is left alone", async () => {
    const place = freshSchema();
    const client = await connected();
    await client.query(`CREATE SCHEMA "${place.schema}"; CREATE TABLE "${place.schema}".theirs (id integer)`);
    await expect(openPostgres(place)).rejects.toMatchObject({
      code: "store-foreign",
      message: expect.stringContaining("holds 1 tables, and none of them is Millrace's"),
    });
    const { rows } = await client.query("SELECT tablename FROM pg_tables WHERE schemaname = $1", [
      place.schema,
    ]);
    expect(rows).toEqual([{ tablename: "theirs" }]);
  });

  test("nothing is made where only a look was asked for", async () => {
    const place = freshSchema();
    await expect(openPostgres({ ...place, migrate: false })).rejects.toMatchObject({
      code: "store-unavailable",
      message: expect.stringContaining('run "millrace migrate" or start the service once'),
    });
    const { rowCount } = await (await connected()).query("SELECT FROM pg_namespace WHERE nspname = $1", [
      place.schema,
    ]);
    expect(rowCount).toBe(0);
  });

  test.each([
    [
      "a database that is not there",
      (url: URL) => (url.pathname = "/nowhere"),
      "configuration-invalid",
      "is not there",
    ],
    [
      "a user that is not there",
      (url: URL) => (url.username = "nobody-here"),
      "configuration-invalid",
      "did not accept the user",
    ],
    ["a server that is not there", (url: URL) => (url.port = "1"), "store-unavailable", "ECONNREFUSED"],
  ])("%s is told as that", async (_what, change, code, message) => {
    const url = withUrl((it) => void change(it));
    await expect(openPostgres({ url, patienceMs: 50 })).rejects.toMatchObject({
      code,
      message: expect.stringContaining(message),
    });
  });

  test.each(["", "pg_mine", "x".repeat(64), "nul\0"])("no schema is named %j", async (schema) => {
    await expect(openPostgres({ ...freshSchema(), schema })).rejects.toMatchObject({
      code: "configuration-invalid",
    });
  });
});

describe("several at once", () => {
  test("make a schema once", async () => {
    const place = freshSchema();
    const stores = await Promise.all(Array.from({ length: 8 }, () => opened(place)));
    const heads = await Promise.all(stores.map(({ events }) => events.head()));
    expect(new Set(heads.map(({ logId }) => logId)).size).toBe(1);
    const { rows } = await (await connected()).query(
      `SELECT count(*)::int AS steps FROM "${place.schema}".migrations`,
    );
    expect(rows).toEqual([{ steps: 1 }]);
  });

  test("live side by side in one database, each in a schema of whatever name, and hear nothing of each other", async () => {
    const url = inject("postgresUrl");
    const names = [`Weird "name"; DROP @schema $1 \\ ${randomUUID().slice(0, 8)}`, `select ${randomUUID()}`];
    const [one, other] = await Promise.all(names.map((schema) => opened({ url, schema })));
    if (one === undefined || other === undefined) throw new Error("two were opened");
    const controller = new AbortController();
    let woken = false;
    const waiting = other.events.waitForEvents(0, controller.signal).then(() => (woken = true));
    await one.events.append(sampleCommit({ stream: "a-1", events: [{ tags: ["number:1"] }] }));
    const table = {
      view: "rows",
      version: 1,
      generation: 1,
      fields: [{ name: "owner's", type: "text" as const }],
    };
    await one.state.createTable(table);
    const reader = await opened({ url, schema: names[0] as string });
    await eventually(
      async () => (await reader.events.readLog({ after: 0, limit: 10 })).events.length,
      (count) => count === 1,
    );
    expect((await other.events.head()).position).toBe(0);
    expect(await other.state.listTables()).toEqual([]);
    expect(await reader.state.listTables()).toHaveLength(1);
    expect(woken).toBe(false);
    controller.abort();
    await waiting;
  });
});

describe("a database with settings of its own", () => {
  test.each(["serializable", "repeatable read"])(
    "G2, G3: appends are right where transactions are %s by default",
    async (isolation) => {
      const url = await freshDatabase();
      const name = new URL(url).pathname.slice(1);
      await (await connected()).query(
        `ALTER DATABASE "${name}" SET default_transaction_isolation = '${isolation}'`,
      );
      const stores = await Promise.all([opened({ url }), opened({ url }), opened({ url })]);
      const results = await Promise.all(
        Array.from({ length: 60 }, (_, index) =>
          stores[index % 3]?.events.append(sampleCommit({ stream: `a-${index % 20}`, expected: "any" })),
        ),
      );
      expect(results.filter((result) => result?.status === "appended")).toHaveLength(60);
      const log = (await stores[0].events.readLog({ after: 0, limit: 100 })).events;
      expect(log.map(({ position }) => position)).toEqual(
        Array.from({ length: 60 }, (_, index) => index + 1),
      );
      for (let stream = 0; stream < 20; stream++) {
        const versions = (await stores[0].events.readStream(`a-${stream}`)).map(({ version }) => version);
        expect(versions).toEqual([1, 2, 3]);
      }
    },
  );

  test("G1: an append is on disk before it is acknowledged, where commits need not be by default", async () => {
    const url = await freshDatabase();
    const name = new URL(url).pathname.slice(1);
    const client = await connected();
    await client.query(`ALTER DATABASE "${name}" SET synchronous_commit = off`);
    const { events } = await opened({ url });
    // Nothing is flushed meanwhile but what is asked for: the writer of the log is the only one at work in this database.
    for (const many of [false, true]) {
      const { rows: before } = await client.query<{ end: string }>(
        "SELECT pg_current_wal_insert_lsn()::text AS end",
      );
      const commits = Array.from({ length: many ? 10 : 1 }, () =>
        sampleCommit({ stream: `a-${randomUUID()}` }),
      );
      await Promise.all(commits.map((commit) => events.append(commit)));
      const { rows: after } = await client.query<{ is_flushed: boolean }>(
        "SELECT pg_current_wal_flush_lsn() > $1::pg_lsn AS is_flushed",
        [before[0]?.end],
      );
      expect(after).toEqual([{ is_flushed: true }]);
    }
  });
});
