import { randomUUID } from "node:crypto";
import { migratePostgres, openPostgres } from "millrace/postgres";
import { describe, expect, onTestFinished, test } from "vitest";
import { sampleCommit } from "../../src/testing/conformance/sample-commit.ts";
import { describeSchema } from "./describe-schema.ts";
import { freshSchema } from "./fresh-schema.ts";
import { connected, opened, withParts } from "./opened.ts";
import { makeServer } from "./server.ts";

describe("a schema", () => {
  const theirs = {
    "tables of its own": "CREATE TABLE @events (name text); INSERT INTO @events VALUES ('theirs')",
    "migrations of another kind": "CREATE TABLE @migrations (id serial PRIMARY KEY, name text)",
  };

  test.each(Object.entries(theirs))("G11: with %s is refused and left as it is", async (_name, sql) => {
    const place = freshSchema();
    const client = await connected(place.url);
    await client.query(`CREATE SCHEMA "${place.schema}"; ${sql.replaceAll("@", () => `"${place.schema}".`)}`);
    const before = await describeSchema(client, place.schema);
    for (const attempt of [
      () => openPostgres(place),
      () => openPostgres({ ...place, migrate: false }),
      () => migratePostgres(place),
    ]) {
      await expect(attempt()).rejects.toMatchObject({
        code: "store-foreign",
        message: expect.stringContaining(place.schema),
      });
    }
    expect(await describeSchema(client, place.schema)).toBe(before);
  });

  test("that is not there is not made where that is not wanted", async () => {
    const place = freshSchema();
    await expect(openPostgres({ ...place, migrate: false })).rejects.toMatchObject({
      code: "store-unavailable",
      message: expect.stringMatching(
        new RegExp(`no store in .*${place.schema}.*yet: run "millrace migrate"`),
      ),
    });
    const client = await connected(place.url);
    const { rowCount } = await client.query("SELECT FROM pg_namespace WHERE nspname = $1", [place.schema]);
    expect(rowCount).toBe(0);
  });

  test("that is not there is made once by eight that start at the same time", async () => {
    const place = freshSchema();
    const stores = await Promise.all(Array.from({ length: 8 }, () => opened(place)));
    const logs = await Promise.all(stores.map(async ({ events }) => (await events.head()).logId));
    expect(new Set(logs).size).toBe(1);
    const client = await connected(place.url);
    const { rows } = await client.query(
      `SELECT count(*)::int AS steps, count(DISTINCT number)::int AS numbers FROM "${place.schema}".migrations`,
    );
    expect(rows).toEqual([{ steps: 1, numbers: 1 }]);
    await Promise.all(
      stores.map(({ events }, index) => events.append(sampleCommit({ stream: `a-${index}` }))),
    );
    expect((await stores[0]?.events.head())?.position).toBe(8);
  });
});

describe("a server", () => {
  /** A server that asks everybody but its superuser for a password. */
  async function askingForPasswords() {
    const server = await makeServer({ password_encryption: "scram-sha-256" });
    onTestFinished(() => server.remove());
    const admin = await connected(server.url);
    await admin.query("CREATE ROLE app LOGIN PASSWORD 'right'");
    await admin.query("CREATE DATABASE app OWNER app");
    const { rows } = await admin.query<{ file: string }>("SELECT current_setting('hba_file') AS file");
    await admin.query(
      `COPY (VALUES ('host all postgres 127.0.0.1/32 trust'), ('host app app 127.0.0.1/32 scram-sha-256'))
      TO '${rows[0]?.file}'`,
    );
    await server.stop("fast");
    await server.start();
    return withParts(server.url, { database: "app", username: "app" });
  }

  test("is used with the right password, and a wrong one is told at once and never shown", async () => {
    const url = await askingForPasswords();
    const store = await opened({ url: withParts(url, { password: "right" }) });
    await expect(store.events.append(sampleCommit({ stream: "a-1" }))).resolves.toMatchObject({
      status: "appended",
    });
    const wrong = {
      "another password": { password: "hunter2" },
      "no password": {},
      "a user that is not there": { username: "nobody", password: "hunter2" },
      "a database that is not for this user": { password: "right", database: "postgres" },
    };
    for (const [name, parts] of Object.entries(wrong)) {
      // So long that a test which had to wait for it would fail.
      const patienceMs = 60_000;
      const error = await openPostgres({ url: withParts(url, parts), patienceMs }).catch((reason) => reason);
      expect(error, name).toMatchObject({ code: "configuration-invalid" });
      expect(error.message, name).toContain(new URL(url).host);
      expect(error.message, name).not.toMatch(/hunter2|right/);
    }
    const encrypted = `${withParts(url, { password: "right" })}?sslmode=verify-full`;
    await expect(openPostgres({ url: encrypted, patienceMs: 60_000 })).rejects.toMatchObject({
      code: "configuration-invalid",
    });
  });

  test.each([
    "",
    "localhost/app",
    "mysql://app:hunter2@localhost/app",
    "postgres://app:hunter2@localhost:99999/app",
    "postgres://app:hunter2@local host/app",
  ])("G11: is not looked for where it has no address: %j", async (url) => {
    for (const attempt of [openPostgres, migratePostgres]) {
      const error = await attempt({ url, patienceMs: 60_000 }).catch((reason) => reason);
      expect(error).toMatchObject({
        code: "configuration-invalid",
        message: expect.stringContaining("postgres://user:password@host:5432/database"),
      });
      expect(String(error.stack)).not.toContain("hunter2");
    }
  });

  test("without the database is told at once", async () => {
    const database = `none_${randomUUID()}`;
    const url = withParts(freshSchema().url, { database });
    await expect(openPostgres({ url, patienceMs: 60_000 })).rejects.toMatchObject({
      code: "configuration-invalid",
      message: expect.stringContaining(database),
    });
  });

  test.each(["LATIN1", "SQL_ASCII"])(
    "G11: with a database in %s, which cannot hold all text, is refused",
    async (encoding) => {
      const { url } = freshSchema();
      const database = `test_${randomUUID()}`;
      const admin = await connected(url);
      await admin.query(`CREATE DATABASE "${database}" ENCODING '${encoding}' LOCALE 'C' TEMPLATE template0`);
      for (const attempt of [openPostgres, migratePostgres]) {
        await expect(attempt({ url: withParts(url, { database }) })).rejects.toMatchObject({
          code: "configuration-invalid",
          message: expect.stringContaining(`has the encoding ${encoding}; expected UTF8`),
        });
      }
    },
  );

  test("that is not there is waited for as long as was said, then told by its address", async () => {
    const server = await makeServer();
    onTestFinished(() => server.remove());
    await server.stop("fast");
    await expect(openPostgres({ url: server.url, patienceMs: 50 })).rejects.toMatchObject({
      code: "store-unavailable",
      message: expect.stringMatching(new RegExp(`${new URL(server.url).host}.*ECONNREFUSED`)),
    });
    const waiting = openPostgres({ url: server.url, patienceMs: 15_000 });
    await server.start();
    const store = await waiting;
    onTestFinished(() => store.close());
    expect((await store.events.head()).position).toBe(0);
  });
});
