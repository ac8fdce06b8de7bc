import { randomUUID } from "node:crypto";
import { migratePostgres, openPostgres, postgresGrants } from "millrace/postgres";
import pg from "pg";
import { describe, expect, onTestFinished, test } from "vitest";
import { tableOf } from "../../src/runtime/view-tables.ts";
import { caughtUp, deposits, noFilters, openWallets } from "../runtime/playing.ts";
import { accepted, eventually, running, type Stores } from "../runtime/running.ts";
import { totals, walletService, wallets } from "../runtime/wallet-service.ts";
import { describeSchema } from "./describe-schema.ts";
import { freshSchema } from "./fresh-schema.ts";

const tables = [wallets, totals].map((view) => tableOf(view.definition, 1));

async function connected(url: string): Promise<pg.Client> {
  const client = new pg.Client(url);
  await client.connect();
  onTestFinished(() => client.end());
  return client;
}

async function schemas(client: pg.Client, name: string): Promise<number> {
  const { rowCount } = await client.query("SELECT FROM pg_namespace WHERE nspname = $1", [name]);
  return rowCount ?? 0;
}

type Place = ReturnType<typeof freshSchema>;

/** The place for a user of its own, for whom `rights` are statements that take its quoted name. */
async function forUser(
  place: Place,
  administrator: pg.Client,
  rights: (user: string) => string,
): Promise<Place> {
  const user = `user_${randomUUID()}`;
  await administrator.query(`CREATE ROLE "${user}" LOGIN PASSWORD '${user}'; ${rights(`"${user}"`)}`);
  const url = new URL(place.url);
  url.username = user;
  url.password = user;
  return { ...place, url: url.href };
}

async function opened(place: Place): Promise<Stores> {
  const store = await openPostgres(place);
  onTestFinished(() => store.close());
  return store;
}

describe("migrating", () => {
  test("leads to the schema that is written down", async () => {
    const place = freshSchema();
    await migratePostgres({ ...place, tables });
    const description = await describeSchema(await connected(place.url), place.schema);
    await expect(description).toMatchFileSnapshot("../../src/stores/postgres/schema.txt");
  });

  test("runs once what is due, prints it beforehand, and what it prints does the same", async () => {
    const place = freshSchema();
    const client = await connected(place.url);
    const due = await migratePostgres({ ...place, tables, dryRun: true });
    expect(await schemas(client, place.schema)).toBe(0);
    expect(await migratePostgres({ ...place, tables })).toEqual(due);
    expect(await migratePostgres({ ...place, tables })).toEqual([]);
    const migrated = await describeSchema(client, place.schema);

    await client.query(`DROP SCHEMA "${place.schema}" CASCADE`);
    await client.query(due.map((statement) => `${statement};`).join("\n"));
    expect(await describeSchema(client, place.schema)).toBe(migrated);
    expect(await migratePostgres({ ...place, tables })).toEqual([]);
  });

  test("makes the table of a new version of a view, beside that of the old one", async () => {
    const place = freshSchema();
    await migratePostgres({ ...place, tables });
    const next = { ...tableOf(wallets.definition, 1), version: 2, fields: [] };
    expect(await migratePostgres({ ...place, tables: [next] })).toHaveLength(1);
    const { state } = await opened(place);
    expect((await state.listTables()).filter(({ view }) => view === "wallets")).toHaveLength(2);
    const changed = { ...next, fields: wallets.definition.indexes };
    await expect(migratePostgres({ ...place, tables: [changed] })).rejects.toMatchObject({
      code: "declaration-invalid",
    });
  });

  test("a version that knows more steps shares a schema only where its steps allow it", async () => {
    const place = freshSchema();
    await migratePostgres(place);
    const client = await connected(place.url);
    const step = (number: number, sharedFrom: number) =>
      client.query(`INSERT INTO "${place.schema}".migrations VALUES ($1, $2, now())`, [number, sharedFrom]);
    await step(1000, 1);
    await expect(opened(place)).resolves.toBeDefined();
    expect(await migratePostgres(place)).toEqual([]);
    await step(1001, 1001);
    await expect(openPostgres(place)).rejects.toMatchObject({ code: "store-newer" });
    await expect(migratePostgres(place)).rejects.toMatchObject({ code: "store-newer" });
  });
});

describe("with the rights that are granted to it and no others", () => {
  /** The stores as users see them who are members of one role each. */
  async function openedByRole(views = tables) {
    const place = freshSchema();
    await migratePostgres({ ...place, tables: views });
    const owner = await connected(place.url);
    for (const statement of postgresGrants(place)) await owner.query(statement);
    const as = async (role: string) =>
      opened(
        await forUser(
          place,
          owner,
          (user) => `GRANT "${place.schema}_${role}" TO ${user}; ALTER ROLE ${user} SET search_path = ''`,
        ),
      );
    return {
      command: await as("command"),
      query: await as("query"),
      processor: await as("processor"),
      owner,
    };
  }

  test("each role does its work, over one database", async () => {
    const by = await openedByRole();
    const command = await running(walletService(), by.command, { roles: ["command"] });
    const query = await running(walletService(), by.query, { roles: ["query"] });
    const processor = await running(walletService(), by.processor, { roles: ["processor"] });
    const ids = await openWallets(command, 3);
    await deposits(command, ids, 2);
    await caughtUp(processor);
    const row = await eventually(
      async () => (await query.queries.row("totals", "all", { filters: [] })).row?.row,
      (found) => found?.bonuses === 6,
    );
    expect(row).toEqual({ wallets: 3, balance: 6, bonuses: 6 });
    for (const { operations } of [command, query, processor]) {
      expect(await operations.health()).toMatchObject({ ready: true });
      expect(await operations.processors()).toHaveLength(3);
      expect(await operations.parked()).toEqual([]);
    }

    // Built anew by the processor's user, and read by the query side's.
    await processor.operations.rebuild("totals");
    await eventually(
      () => by.query.state.listTables(),
      (found) => found.every(({ view, generation }) => view !== "totals" || generation === 2),
    );
    await expect(query.queries.row("totals", "all", { filters: [] })).resolves.toMatchObject({
      row: { row },
    });
  });

  test("a user who may make no schema makes the tables in one that was made for it", async () => {
    const place = freshSchema();
    const administrator = await connected(place.url);
    const theirs = await forUser(
      place,
      administrator,
      (user) => `CREATE SCHEMA "${place.schema}" AUTHORIZATION ${user}`,
    );
    await expect(openPostgres({ ...theirs, schema: `${place.schema}_2` })).rejects.toMatchObject({
      code: "store-read-only",
    });
    expect(await migratePostgres({ ...theirs, tables, dryRun: true })).not.toEqual([]);
    const runtime = await running(walletService(), await opened(theirs));
    await deposits(runtime, await openWallets(runtime, 2), 1);
    await caughtUp(runtime);
    expect((await runtime.queries.rows("wallets", noFilters)).rows).toHaveLength(2);
  });

  test("a view that is made later can be read, whoever has granted", async () => {
    const place = freshSchema();
    const administrator = await connected(place.url);
    const owner = await forUser(
      place,
      administrator,
      (user) => `CREATE SCHEMA "${place.schema}" AUTHORIZATION ${user}`,
    );
    await migratePostgres(owner);
    for (const statement of postgresGrants(place)) await administrator.query(statement);
    const reader = await forUser(place, administrator, (user) => `GRANT "${place.schema}_query" TO ${user}`);
    const table = tableOf(totals.definition, 1);
    await (await opened(owner)).state.createTable(table);
    const { state } = await opened(reader);
    await expect(state.readRows(table, ["all"])).resolves.toEqual(new Map());
  });

  test("neither role makes, drops or writes what is not its own", async () => {
    const by = await openedByRole([]);
    const refused = { code: "store-read-only" };
    await expect(by.query.state.createTable(tableOf(totals.definition, 1))).rejects.toMatchObject(refused);
    await expect(
      by.query.state.updateProcessor("p", (state) => ({ ...state, paused: true })),
    ).rejects.toMatchObject(refused);
    const writing = await running(walletService(), by.query, { roles: ["command"] });
    await expect(accepted(writing, { type: "OpenWallet", data: { owner: "ann" } })).rejects.toMatchObject(
      refused,
    );
    await expect(by.command.state.createTable(tableOf(totals.definition, 1))).rejects.toMatchObject(refused);
    await expect(running(walletService(), by.query, { roles: ["query"] })).rejects.toMatchObject(refused);
    await by.processor.state.createTable(tableOf(totals.definition, 1));
    await expect(
      running(walletService({ views: [totals] }), by.query, { roles: ["query"] }),
    ).resolves.toBeDefined();
  });
});
