import { randomUUID } from "node:crypto";
import { migratePostgres, postgresGrants } from "millrace/postgres";
import type pg from "pg";
import { expect, test } from "vitest";
import { tableOf } from "../../src/runtime/view-tables.ts";
import { sampleCommit } from "../../src/testing/conformance/sample-commit.ts";
import { caughtUp, deposits, noFilters, openWallets, totalRow } from "../runtime/playing.ts";
import { eventually, running } from "../runtime/running.ts";
import { totals, walletService, wallets } from "../runtime/wallet-service.ts";
import { freshSchema } from "./fresh-schema.ts";
import { connected, type OpenedPostgres, opened } from "./opened.ts";

const oddNames = [
  'Weird name"; drop',
  "it's $$ 100%I $1",
  "at @log and \\0040",
  "two\nlines -- and /* more",
  "select",
  "äöü".repeat(9),
];

const odd = oddNames.map((name) => ({ url: "", schema: `${name}${randomUUID().slice(0, 8)}` }));

/** Waits until as many stores of the schema as that listen for appends of others. */
async function listening(schema: string, count: number): Promise<void> {
  const client = await connected(freshSchema().url);
  await eventually(
    async () => {
      const { rowCount } = await client.query(
        "SELECT FROM pg_stat_activity WHERE application_name = 'millrace doorbell' AND state = 'idle' AND position($1 in query) > 0",
        [`millrace:${schema}`],
      );
      return rowCount;
    },
    (found) => found === count,
  );
}

/** How many roles the schema is granted to; nothing is left of them, since roles belong to the whole server. */
async function grantedTo(client: pg.Client, schema: string): Promise<number | null> {
  await client.query("BEGIN");
  for (const statement of postgresGrants({ schema })) await client.query(statement);
  const { rowCount } = await client.query(
    `SELECT DISTINCT grantee FROM pg_namespace, aclexplode(nspacl)
    WHERE nspname = $1 AND grantee <> nspowner`,
    [schema],
  );
  await client.query("ROLLBACK");
  return rowCount;
}

test.each(odd)("a schema may be named $schema", async ({ schema }) => {
  const { url } = freshSchema();
  const tables = [wallets, totals].map((view) => tableOf(view.definition, 1));
  const due = await migratePostgres({ url, schema, tables, dryRun: true });
  const client = await connected(url);
  for (const statement of due) await client.query(statement);
  expect(await migratePostgres({ url, schema, tables })).toEqual([]);
  expect(await grantedTo(client, schema)).toBe(3);

  const [store, other] = [await opened({ url, schema }), await opened({ url, schema })];
  const runtime = await running(walletService(), store);
  const ids = await openWallets(runtime, 3);
  await deposits(runtime, ids, 2);
  await caughtUp(runtime);
  await runtime.operations.rebuild("totals");
  await caughtUp(runtime);
  const row = await eventually(
    () => totalRow(runtime, store),
    (found) => found?.bonuses === 6,
  );
  expect(row).toEqual({ wallets: 3, balance: 6, bonuses: 6 });
  expect(await other.events.head()).toEqual(await store.events.head());

  const tagged = sampleCommit({ stream: "order-1", events: [{ type: "Placed", tags: ["a@b"] }] });
  await store.events.append(tagged);
  await expect(
    other.events.append(
      sampleCommit(
        { stream: "order-2" },
        { conditions: [{ after: 0, queries: [{ types: ["Placed"], tags: ["a@b"] }] }] },
      ),
    ),
  ).resolves.toMatchObject({ status: "condition-failed" });
});

test("services side by side in one database see nothing of each other", async () => {
  const { url } = freshSchema();
  // Names that differ in what is folded, doubled or cut off where it is not quoted.
  const name = `Side_${randomUUID()}`;
  const schemas = [name, name.toLowerCase(), `${name}"`];
  const stores = await Promise.all(schemas.map((schema) => opened({ url, schema })));
  const runtimes = await Promise.all(stores.map((store) => running(walletService(), store)));
  for (const [index, runtime] of runtimes.entries()) {
    await deposits(runtime, await openWallets(runtime, index + 1), 1);
  }
  for (const [index, runtime] of runtimes.entries()) {
    const store = stores[index] as OpenedPostgres;
    const count = index + 1;
    const row = await eventually(
      () => totalRow(runtime, store),
      (found) => found?.bonuses === count,
    );
    expect(row).toEqual({ wallets: count, balance: count, bonuses: count });
    await caughtUp(runtime);
    expect((await runtime.queries.rows("wallets", noFilters)).rows).toHaveLength(count);
    expect((await store.events.head()).position).toBe(count * 3);
  }
});

test("a service is not woken by what another one in its database appends", async () => {
  const { url } = freshSchema();
  const ours = { url, schema: `test_${randomUUID()}` };
  const theirs = { url, schema: `${ours.schema}_2` };
  const [reader, writer] = [await opened(ours), await opened(ours)];
  const [theirReader, theirWriter] = [await opened(theirs), await opened(theirs)];
  await Promise.all([listening(`${ours.schema}"`, 2), listening(`${theirs.schema}"`, 2)]);

  const signal = AbortSignal.timeout(15_000);
  const woken: string[] = [];
  const far = reader.events.waitForEvents(5, signal).then(() => woken.push("beyond 5"));
  const near = reader.events.waitForEvents(0, signal).then(() => woken.push("beyond 0"));
  await theirWriter.events.append(sampleCommit({ stream: "a-1", events: 10 }));
  // Their ring went out, and what goes out afterwards comes in afterwards.
  await theirReader.events.waitForEvents(9, signal);
  await writer.events.append(sampleCommit({ stream: "a-1" }));
  await near;
  expect(woken).toEqual(["beyond 0"]);
  await writer.events.append(sampleCommit({ stream: "a-1", events: 5 }));
  await far;
  expect(signal.aborted).toBe(false);
});
