import { migratePostgres, openPostgres } from "millrace/postgres";
import { describe, expect, test } from "vitest";
import { sampleCommit } from "../../src/testing/conformance/sample-commit.ts";
import { describeSchema } from "./describe-schema.ts";
import { freshSchema } from "./fresh-schema.ts";
import { connected, opened } from "./opened.ts";

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
