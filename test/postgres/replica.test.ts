import { openPostgres } from "millrace/postgres";
import pg from "pg";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { encodeToken } from "../../src/message/token.ts";
import { sampleCommit } from "../../src/testing/conformance/sample-commit.ts";
import { caughtUp, noFilters, openMore, openWallets } from "../runtime/playing.ts";
import { eventually, running, type Stores, tokenOfHead } from "../runtime/running.ts";
import { walletService, wallets } from "../runtime/wallet-service.ts";
import { makeReplica, makeServer, type Server } from "./server.ts";

let primary: Server;
let replica: Server;
const service = walletService({ views: [wallets], policies: [] });

beforeAll(async () => {
  primary = await makeServer();
  replica = await makeReplica(primary);
}, 60_000);

afterAll(async () => {
  await replica.remove();
  await primary.remove();
});

async function opened({ url }: Server): Promise<Stores> {
  const store = await openPostgres({ url });
  onTestFinished(() => store.close());
  return store;
}

/** Waits until the replica holds what the primary holds now. */
async function replicated(): Promise<void> {
  const [from, to] = [new pg.Client(primary.url), new pg.Client(replica.url)];
  await Promise.all([from.connect(), to.connect()]);
  const { rows } = await from.query<{ end: string }>("SELECT pg_current_wal_flush_lsn()::text AS end");
  await eventually(
    async () =>
      (
        await to.query<{ is_there: boolean }>("SELECT pg_last_wal_replay_lsn() >= $1::pg_lsn AS is_there", [
          rows[0]?.end,
        ])
      ).rows[0]?.is_there,
    (isThere) => isThere === true,
  );
  await Promise.all([from.end(), to.end()]);
}

/** Whether the replica takes over what the primary tells it. */
async function following(follows: boolean): Promise<void> {
  const client = new pg.Client(replica.url);
  await client.connect();
  await client.query(follows ? "SELECT pg_wal_replay_resume()" : "SELECT pg_wal_replay_pause()");
  await client.end();
}

test("G8: a query side on a replica waits for a token, or answers from what it has", async () => {
  const first = await opened(primary);
  const runtime = await running(service, first);
  await openWallets(runtime, 3);
  await caughtUp(runtime);
  await replicated();
  const behind = await opened(replica);
  const queries = await running(service, behind, { roles: ["query"] });
  const rows = (token: string, waitMs: number, lenient = false) =>
    queries.queries.rows("wallets", { ...noFilters, freshness: { token, waitMs, lenient } });
  expect((await rows(await tokenOfHead(first), 10_000)).rows).toHaveLength(3);

  await following(false);
  await openMore(runtime, 1);
  await caughtUp(runtime);
  const token = await tokenOfHead(first);
  await expect(rows(token, 1)).rejects.toMatchObject({ code: "view-lagging" });
  expect(await rows(token, 1, true)).toMatchObject({ fresh: false, rows: { length: 3 } });
  expect((await queries.queries.rows("wallets", noFilters)).rows).toHaveLength(3);

  const signal = AbortSignal.timeout(10_000);
  const changes = queries.queries.changes("wallets", {
    after: await first.events.head(),
    filters: [],
    signal,
  });
  const beginning = changes[Symbol.asyncIterator]().next();
  const waiting = rows(token, 10_000);
  await following(true);
  expect((await waiting).rows).toHaveLength(4);
  expect((await beginning).value?.point).toEqual(await first.events.head());
  await changes[Symbol.asyncIterator]().return?.(undefined);

  // A token of a log that went another way is none that will come.
  const other = encodeToken([{ ...(await first.events.head()), eventId: "another" }]);
  await expect(rows(other, 10_000)).rejects.toMatchObject({ code: "log-diverged" });
});

test("a replica that follows a database which is serializable by default is read all the same", async () => {
  const admin = new pg.Client(primary.url);
  await admin.connect();
  await admin.query("CREATE DATABASE strict");
  await admin.query("ALTER DATABASE strict SET default_transaction_isolation = 'serializable'");
  await admin.end();
  const strict = ({ url }: Server) => ({ url: url.replace(/postgres$/, "strict") });
  const first = await openPostgres(strict(primary));
  onTestFinished(() => first.close());
  await first.events.append(sampleCommit({ stream: "a-1" }));
  await replicated();
  const behind = await openPostgres(strict(replica));
  onTestFinished(() => behind.close());
  expect(await behind.events.readStream("a-1")).toEqual(await first.events.readStream("a-1"));
});

test("nothing is decided, checkpointed or made on a replica", async () => {
  const behind = await opened(replica);
  expect(behind.events.capabilities.replica).toBe(true);
  for (const role of ["command", "processor"] as const) {
    await expect(running(service, behind, { roles: ["query", role] })).rejects.toMatchObject({
      code: "store-read-only",
      message: expect.stringContaining('expected the role "query" alone'),
    });
  }
  const command = { id: "c", fingerprint: "" };
  const outcome = { status: "unchanged", version: 0 } as const;
  await expect(behind.events.append({ command, appends: [], outcome })).rejects.toMatchObject({
    code: "store-read-only",
  });
  await expect(openPostgres({ url: replica.url, schema: "other" })).rejects.toMatchObject({
    code: "store-unavailable",
  });
});
