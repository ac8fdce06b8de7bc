import pg from "pg";
import { describe, expect, onTestFinished, test } from "vitest";
import { sampleCommit } from "../../src/testing/conformance/sample-commit.ts";
import { caughtUp, deposits, noFilters, openWallets, totalRow } from "../runtime/playing.ts";
import { accepted, eventually, running } from "../runtime/running.ts";
import { walletService } from "../runtime/wallet-service.ts";
import { freshSchema } from "./fresh-schema.ts";
import { type OpenedPostgres, opened } from "./opened.ts";
import { makePooler, type Pooler } from "./pooler.ts";

const connections = 3;

describe.each([
  { name: "that leaves connections as they are", discards: false },
  { name: "that discards what belongs to a session", discards: true },
])("through a pooler in transaction mode $name", ({ discards }) => {
  /** Stores of as many processes, each with more connections than the pooler has. */
  async function openedThrough(processes: number) {
    const { url, schema } = freshSchema();
    const pooler = await makePooler(url, { connections, discards });
    onTestFinished(() => pooler.close());
    const place = { url: pooler.url, schema, listen: false, maxConnections: connections + 1 };
    const stores = await Promise.all(Array.from({ length: processes }, () => opened(place)));
    return { pooler, stores };
  }

  test("G2, G3: many callers of several processes append and read", async () => {
    const { pooler, stores } = await openedThrough(3);
    const callers = Array.from({ length: 24 }, (_, index) => index);
    await Promise.all(
      callers.map(async (caller) => {
        const { events } = stores[caller % stores.length] as OpenedPostgres;
        const stream = `a-${caller}`;
        for (let version = 1; version <= 10; version++) {
          const expected = version === 1 ? "none" : version - 1;
          await expect(events.append(sampleCommit({ stream, expected }))).resolves.toMatchObject({
            status: "appended",
            repeated: false,
          });
          expect((await events.readStream(stream)).map((event) => event.version)).toHaveLength(version);
        }
      }),
    );
    for (const { events } of stores) {
      const { events: log } = await events.readLog({ after: 0, limit: 1000 });
      expect(log.map(({ position }) => position)).toEqual(
        Array.from({ length: 240 }, (_, index) => index + 1),
      );
    }
    expect(pooler.switches()).toBeGreaterThan(100);
    await expectNothingKept(pooler);
  });

  test("views and policies are processed, queried, rebuilt and watched", async () => {
    const { pooler, stores } = await openedThrough(2);
    const [store, other] = stores as [OpenedPostgres, OpenedPostgres];
    const runtime = await running(walletService(), store);
    const queries = await running(walletService(), other);
    const ids = await openWallets(runtime, 6);
    await deposits(runtime, ids, 3);
    await eventually(
      () => totalRow(queries, other),
      (row) => row?.bonuses === 18,
    );
    await caughtUp(queries);
    expect((await queries.queries.rows("wallets", noFilters)).rows).toHaveLength(6);

    const ending = new AbortController();
    const request = { after: await other.events.head(), filters: [], signal: ending.signal };
    const changes = queries.queries.changes("wallets", request)[Symbol.asyncIterator]();
    const first = changes.next();
    const { aggregateId } = await accepted(runtime, { type: "OpenWallet", data: { owner: "late" } });
    const told = [...((await first).value?.rows ?? [])];
    while (!told.some(({ key }) => key === aggregateId)) {
      told.push(...((await changes.next()).value?.rows ?? []));
    }
    ending.abort();
    expect(told.at(-1)?.row?.row).toMatchObject({ owner: "late", open: true });

    await runtime.operations.rebuild("totals");
    await eventually(
      () => other.state.listTables(),
      (tables) => tables.every(({ view, generation }) => view !== "totals" || generation === 2),
    );
    await caughtUp(runtime);
    expect(await totalRow(queries, other)).toEqual({ wallets: 7, balance: 18, bonuses: 18 });
    expect(pooler.switches()).toBeGreaterThan(50);
    await expectNothingKept(pooler);
  });
});

/** Looks at all connections of the pooler, each held by a transaction: nothing of one may reach the next. */
async function expectNothingKept({ url }: Pooler): Promise<void> {
  const clients = Array.from({ length: connections }, () => new pg.Client(url));
  await Promise.all(clients.map((client) => client.connect()));
  await Promise.all(clients.map((client) => client.query("BEGIN")));
  const kept = await Promise.all(
    clients.map(async (client) => {
      const { rows } = await client.query<Record<string, unknown>>(`
        SELECT ARRAY(SELECT name FROM pg_settings WHERE source = 'session') AS settings,
          (SELECT count(*)::int FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()) AS locks,
          (SELECT count(*)::int FROM pg_listening_channels()) AS channels`);
      return rows[0];
    }),
  );
  await Promise.all(clients.map((client) => client.query("ROLLBACK")));
  await Promise.all(clients.map((client) => client.end()));
  expect(kept).toEqual(clients.map(() => ({ settings: [], locks: 0, channels: 0 })));
}
