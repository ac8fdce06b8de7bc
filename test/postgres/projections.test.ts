import { service, shape } from "millrace";
import { openPostgres, projection } from "millrace/postgres";
import pg from "pg";
import { expect, onTestFinished, test } from "vitest";
import { noTelemetry } from "../../src/ports/telemetry.ts";
import { createMeter } from "../../src/runtime/metrics.ts";
import { openMemory } from "../../src/stores/memory/index.ts";
import { caughtUp, deposits, openWallets } from "../runtime/playing.ts";
import { accepted, eventually, running, type Stores } from "../runtime/running.ts";
import { wallet, walletService } from "../runtime/wallet-service.ts";
import { freshSchema } from "./fresh-schema.ts";

interface Tables {
  readonly ledger: { readonly position: number; readonly owner: string; readonly amount: number };
}

/** One line for each deposit, by its position: one that comes twice, or out of order, shows. */
function ledgerOf(version = 1, check: (amount: number) => void = () => {}) {
  return projection({
    name: "ledger",
    version,
    tables: shape<Tables>(),
    from: [wallet],
    prepare: (db) =>
      db.schema
        .createTable(version === 1 ? "ledger" : `ledger_${version}`)
        .ifNotExists()
        .addColumn("number", "serial")
        .addColumn("position", "bigint", (column) => column.primaryKey())
        .addColumn("owner", "text", (column) => column.notNull())
        .addColumn("amount", "integer", (column) => column.notNull())
        .execute(),
    on: {
      Deposited: async (db, { position, data }) => {
        const table = (version === 1 ? "ledger" : `ledger_${version}`) as "ledger";
        const { numInsertedOrUpdatedRows } = await db
          .insertInto(table)
          .values({ position, owner: data.owner, amount: data.amount })
          .executeTakeFirst();
        if (numInsertedOrUpdatedRows !== 1n) throw new Error(`wrote ${numInsertedOrUpdatedRows} lines`);
        check(data.amount);
      },
    },
  });
}

const serviceWith = (...projections: readonly ReturnType<typeof ledgerOf>[]) =>
  service({ name: "wallets", aggregates: [wallet], projections });

async function opened() {
  const place = freshSchema();
  const client = new pg.Client(place.url);
  await client.connect();
  onTestFinished(() => client.end());
  const lines = async (table = "ledger") => {
    const { rows } = await client.query<{ position: string; amount: number }>(
      `SELECT position, amount FROM "${place.schema}".${table} ORDER BY number`,
    );
    return rows.map(({ position, amount }) => ({ position: Number(position), amount }));
  };
  const open = async (): Promise<Stores> => {
    const store = await openPostgres(place);
    onTestFinished(() => store.close());
    return store;
  };
  return { open, lines };
}

test("G5: each event takes effect once and in order, whichever process has the work", async () => {
  const { open, lines } = await opened();
  const declared = serviceWith(ledgerOf());
  const store = await open();
  const commands = await running(declared, store, { roles: ["command"] });
  const ids = await openWallets(commands, 5);
  const workers = [];
  for (let process = 0; process < 3; process++) {
    workers.push(await running(declared, await open(), { roles: ["processor"], leaseMs: 100 }));
    await deposits(commands, ids, 20);
  }
  // Each gives its work to another in the middle of it.
  for (const worker of workers.slice(1)) {
    await deposits(commands, ids, 20);
    await worker.stop();
  }
  await caughtUp(commands);
  const found = await lines();
  expect(found).toHaveLength(500);
  expect(found.map(({ position }) => position)).toEqual(
    found.map(({ position }) => position).toSorted((a, b) => a - b),
  );
});

test("an event that fails leaves nothing behind and keeps later ones back, until it is mended", async () => {
  const { open, lines } = await opened();
  const store = await open();
  let broken = true;
  const declared = serviceWith(
    ledgerOf(1, (amount) => {
      if (broken && amount === 13) throw new Error("unlucky");
    }),
  );
  const meter = createMeter();
  const runtime = await running(declared, store, { telemetry: { ...noTelemetry, ...meter } });
  const [aggregateId = ""] = await openWallets(runtime, 1);
  for (const amount of [1, 13, 2])
    await accepted(runtime, { aggregateId, type: "Deposit", data: { amount } });
  const [report] = await eventually(
    () => runtime.operations.processors(),
    ([found]) => found?.status === "stopped",
  );
  expect(report).toMatchObject({ name: "ledger", kind: "projection", position: 2, lag: 2 });
  expect(report?.state.ranges[0]?.failure).toMatchObject({ position: 3, code: "domain-threw" });
  expect(report?.state.ranges[0]?.failure?.message).toContain("unlucky");
  expect((await lines()).map(({ amount }) => amount)).toEqual([1]);
  broken = false;
  await caughtUp(runtime);
  expect((await lines()).map(({ amount }) => amount)).toEqual([1, 13, 2]);
  expect(meter.text()).toMatch(/^millrace_processor_events_total\{processor="ledger"\} 3$/m);
  expect(meter.text()).toMatch(/^millrace_processor_failures_total\{processor="ledger"\} 1$/m);
});

test("G5: a statement whose failure is kept secret does not pass for done", async () => {
  const { open, lines } = await opened();
  const store = await open();
  let isSecretive = true;
  const secretive = projection({
    name: "ledger",
    tables: shape<Tables>(),
    from: [wallet],
    prepare: ledgerOf().definition.prepare as never,
    on: {
      Deposited: async (db, { position, data }) => {
        const wrong = isSecretive ? db.deleteFrom("gone" as "ledger").execute() : Promise.resolve();
        await wrong.catch(() => {});
        const line = { position, owner: data.owner, amount: data.amount };
        await db
          .insertInto("ledger")
          .values(line)
          .execute()
          .catch(() => {});
      },
    },
  });
  const logged: unknown[] = [];
  const telemetry = {
    count: () => {},
    observe: () => {},
    gauge: () => {},
    log: (...line: readonly unknown[]) => void logged.push(line),
  };
  const runtime = await running(serviceWith(secretive), store, { telemetry });
  const [aggregateId = ""] = await openWallets(runtime, 1);
  await accepted(runtime, { aggregateId, type: "Deposit", data: { amount: 7 } });
  await eventually(
    () => JSON.stringify(logged),
    (text) => text.includes("rolled back instead of committed"),
  );
  expect((await runtime.operations.processors())[0]?.position).toBeLessThan(2);
  isSecretive = false;
  await caughtUp(runtime);
  expect((await lines()).map(({ amount }) => amount)).toEqual([7]);
});

test("another version projects all events anew", async () => {
  const { open, lines } = await opened();
  const store = await open();
  const before = await running(serviceWith(ledgerOf()), store);
  const ids = await openWallets(before, 2);
  await deposits(before, ids, 3);
  await caughtUp(before);
  await before.stop();
  const after = await running(serviceWith(ledgerOf(2)), store);
  await caughtUp(after);
  expect(await lines("ledger_2")).toEqual(await lines());
});

test("a handed transaction is neither begun nor ended by the projection", async () => {
  const { open } = await opened();
  const store = await open();
  const ending = projection({
    name: "ending",
    tables: shape<Tables>(),
    from: [wallet],
    on: { WalletOpened: (db) => db.transaction().execute(async () => {}) },
  });
  const runtime = await running(serviceWith(ending), store);
  await openWallets(runtime, 1);
  const [report] = await eventually(
    () => runtime.operations.processors(),
    ([found]) => found?.status === "stopped",
  );
  expect(report?.state.ranges[0]?.failure?.message).toContain("begins and ends no transaction");
});

test("a store without transactions to hand out says so at the start", async () => {
  const memory = openMemory();
  await expect(running(serviceWith(ledgerOf()), memory)).rejects.toMatchObject({
    code: "configuration-invalid",
    message: expect.stringContaining("Projection ledger needs transactions of kysely"),
  });
  await expect(running(walletService(), memory)).resolves.toBeDefined();
});
