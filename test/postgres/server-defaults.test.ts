import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { EventStore } from "../../src/ports/event-store.ts";
import { tableOf } from "../../src/runtime/view-tables.ts";
import { sampleCommit } from "../../src/testing/conformance/sample-commit.ts";
import { caughtUp, deposits, openWallets, totalRow } from "../runtime/playing.ts";
import { eventually, running } from "../runtime/running.ts";
import { totals, walletService, wallets } from "../runtime/wallet-service.ts";
import { connected, type OpenedPostgres, opened, withParts } from "./opened.ts";
import { makeServer, type Server } from "./server.ts";

let server: Server;

beforeAll(async () => {
  // What is not asked for is flushed as late as can be, so that nothing is durable by chance.
  server = await makeServer({ wal_writer_delay: "10s", wal_writer_flush_after: "1GB" });
});

afterAll(() => server.remove());

/** The URL of a database that nobody uses yet, with a setting for all who connect to it. */
async function databaseWith(setting: string, value: string): Promise<string> {
  const database = `test_${randomUUID()}`;
  const admin = await connected(server.url);
  await admin.query(`CREATE DATABASE "${database}"`);
  await admin.query(`ALTER DATABASE "${database}" SET ${setting} = '${value}'`);
  return withParts(server.url, { database });
}

describe.each(["serializable", "repeatable read"])("where transactions are %s by default", (isolation) => {
  async function openedBy(processes: number): Promise<readonly OpenedPostgres[]> {
    const url = await databaseWith("default_transaction_isolation", isolation);
    return Promise.all(Array.from({ length: processes }, () => opened({ url })));
  }

  /** Appends one event after the others of its stream, however often it has to look again. */
  async function increment(events: EventStore, stream: string): Promise<void> {
    const last = await events.readStream(stream, { direction: "backward", limit: 1 });
    const expected = last[0]?.version ?? "none";
    const { status } = await events.append(sampleCommit({ stream, expected }));
    if (status === "conflict") await increment(events, stream);
  }

  test("G2, G3: 32 callers of four processes lose no append and make no gap", async () => {
    const stores = await openedBy(4);
    const callers = Array.from({ length: 32 }, (_, index) => index);
    await Promise.all(
      callers.map(async (caller) => {
        const { events } = stores[caller % stores.length] as OpenedPostgres;
        for (let turn = 0; turn < 5; turn++) {
          await increment(events, `shared-${caller % 8}`);
          await events.append(sampleCommit({ stream: `own-${caller}` }));
        }
      }),
    );
    const { events } = stores[0] as OpenedPostgres;
    const { events: log } = await events.readLog({ after: 0, limit: 1000 });
    expect(log.map(({ position }) => position)).toEqual(Array.from({ length: 320 }, (_, index) => index + 1));
    for (let shared = 0; shared < 8; shared++) {
      const versions = log.filter(({ stream }) => stream === `shared-${shared}`).map((it) => it.version);
      expect(versions).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
    }
  });

  test("processes that start at once make each table once, and build the views together", async () => {
    const stores = await openedBy(6);
    for (const { definition } of [wallets, totals]) {
      const table = tableOf(definition, 1);
      await Promise.all(stores.map(({ state }) => state.createTable(table)));
    }
    const [first, second] = stores as [OpenedPostgres, OpenedPostgres];
    const [runtime, other] = [
      await running(walletService(), first),
      await running(walletService(), second),
    ] as const;
    const ids = await openWallets(runtime, 5);
    await Promise.all([deposits(runtime, ids, 4), deposits(other, ids, 4)]);
    await caughtUp(other);
    expect(
      await eventually(
        () => totalRow(other, second),
        (row) => row?.bonuses === 40,
      ),
    ).toEqual({ wallets: 5, balance: 40, bonuses: 40 });
  });
});

describe("where commits are not flushed by default", () => {
  /** A store, and whether all that it wrote by the end of `work` was flushed by then. */
  async function flushing() {
    const url = await databaseWith("synchronous_commit", "off");
    const { events } = await opened({ url, listen: false });
    const client = await connected(url);
    const isFlushedAfter = async (work: () => Promise<unknown>): Promise<boolean> => {
      const before = await client.query<{ at: string }>("SELECT pg_current_wal_insert_lsn()::text AS at");
      await work();
      const after = await client.query<{ flushed: boolean }>(
        "SELECT pg_current_wal_flush_lsn() > $1::pg_lsn AS flushed",
        [before.rows[0]?.at],
      );
      return after.rows[0]?.flushed ?? false;
    };
    return { events, isFlushedAfter };
  }

  const repeats = Array.from({ length: 20 }, (_, index) => index);

  test("G1: an event is flushed before it is acknowledged, alone and in a batch", async () => {
    const { events, isFlushedAfter } = await flushing();
    const alone = (stream: string) => events.append(sampleCommit({ stream }));
    for (const _ of repeats) expect(await isFlushedAfter(() => alone("a-1"))).toBe(true);
    const batch = () => Promise.all(["b-1", "b-2", "b-3"].map(alone));
    for (const _ of repeats) expect(await isFlushedAfter(batch)).toBe(true);
  });

  test("G1: imported events are flushed before the import is over", async () => {
    const { events } = await opened({ url: server.url, schema: randomUUID() });
    for (const index of repeats) await events.append(sampleCommit({ stream: `a-${index}` }));
    const { events: log } = await events.readLog({ after: 0, limit: repeats.length });
    const { events: copy, isFlushedAfter } = await flushing();
    for (const event of log) expect(await isFlushedAfter(() => copy.importEvents([event]))).toBe(true);
  });
});
