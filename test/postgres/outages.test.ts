import pg from "pg";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { logBeginning } from "../../src/message/log-point.ts";
import { sliceCount } from "../../src/message/slice.ts";
import { systemClock } from "../../src/ports/clock.ts";
import type { Progress } from "../../src/ports/state-store.ts";
import { sampleCommit } from "../../src/testing/conformance/sample-commit.ts";
import { checkHistory } from "../crash/check-history.ts";
import { openStore } from "../crash/open-store.ts";
import { play } from "../crash/play.ts";
import type { Answer } from "../crash/player.ts";
import { auditOf, caughtUp, deposits, openWallets, totalRow } from "../runtime/playing.ts";
import { eventually, running, type Stores } from "../runtime/running.ts";
import { walletService } from "../runtime/wallet-service.ts";
import { makeServer, type Server } from "./server.ts";

let server: Server;

beforeAll(async () => {
  // What nobody waits for is written late, and so is lost in a crash.
  server = await makeServer({ wal_writer_delay: "10s" });
}, 60_000);

afterAll(() => server.remove());

/** A database on the server, with settings of its own. */
async function database(name: string, settings: Readonly<Record<string, string>> = {}): Promise<string> {
  await query(server.url, `CREATE DATABASE ${name}`);
  for (const [setting, value] of Object.entries(settings)) {
    await query(server.url, `ALTER DATABASE ${name} SET ${setting} = '${value}'`);
  }
  const url = new URL(server.url);
  url.pathname = name;
  return url.href;
}

async function query(url: string, sql: string): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const client = new pg.Client(url);
  await client.connect();
  const { rows } = await client.query<Record<string, unknown>>(sql);
  await client.end();
  return rows;
}

async function opened(place: string): Promise<Stores> {
  const store = await openStore(place);
  onTestFinished(() => store.close());
  return store;
}

async function crash(): Promise<void> {
  await server.stop("immediate");
  await server.start();
}

/** Waits until so many stores hear of others' events. */
async function listening(place: string, count: number): Promise<void> {
  const ears = "SELECT FROM pg_stat_activity WHERE query LIKE 'LISTEN %' AND state = 'idle'";
  await eventually(
    () => query(place, `${ears} AND datname = current_database()`),
    (found) => found.length === count,
  );
}

test("G1: a server that crashes under load has lost nothing that was acknowledged, and everyone goes on", {
  timeout: 120_000,
}, async () => {
  // Where nobody waits for commits, we do.
  const place = await database("loaded", { synchronous_commit: "off" });
  const stores = [await opened(place), await opened(place)];
  const runtimes = await Promise.all(
    stores.map((store) => running(walletService(), store, { leaseMs: 300 })),
  );
  const answers: Answer[] = [];
  const isOver = new AbortController();
  const playing = runtimes.map((runtime, seed) =>
    play(
      runtime,
      { seed, callers: 16, shared: ["a", "b", "c"], again: [] },
      (line) => "key" in line && answers.push(line),
      isOver.signal,
    ),
  );
  const answered = (more: number) => {
    const enough = answers.length + more;
    return eventually(
      () => answers.length,
      (found) => found >= enough,
    );
  };
  for (let crashes = 0; crashes < 3; crashes++) {
    await answered(200);
    await crash();
  }
  await answered(200);
  isOver.abort();
  await Promise.all(playing);
  await listening(place, 2);
  const counts = "SELECT type, count(*) FROM wallets.events WHERE type <> 'WalletOpened' GROUP BY type";
  await eventually(
    () => query(place, counts),
    ([one, other]) => one?.count === other?.count,
  );
  await Promise.all(runtimes.map((runtime) => runtime.stop()));
  await checkHistory(place, answers);
});

test("a reader who waits through a crash hears of what others append after it", {
  timeout: 60_000,
}, async () => {
  const place = await database("read");
  const [reader, writer] = [await opened(place), await opened(place)];
  await listening(place, 2);
  const { position } = await reader.events.head();
  let isWoken = false;
  const waiting = reader.events.waitForEvents(position, AbortSignal.timeout(60_000)).then(() => {
    isWoken = true;
  });
  await crash();
  await listening(place, 2);
  expect(isWoken).toBe(false);
  await writer.events.append(sampleCommit({ stream: "a-1" }));
  await waiting;
  expect((await reader.events.readLog({ after: position, limit: 10 })).events).toHaveLength(1);
});

test("G5: progress that a worker was told of survives a crash of the server, which the worker outlives", {
  timeout: 60_000,
}, async () => {
  const { state } = await opened(await database("progressing", { synchronous_commit: "off" }));
  const [processor, owner] = ["p", "w"];
  const range = { from: 0, to: sliceCount, epoch: 1, owner };
  await state.updateProcessor(processor, (before) => ({
    ...before,
    ranges: [{ ...range, checkpoint: logBeginning("log"), leaseUntil: 0 }],
  }));
  const table = { view: "rows", version: 1, generation: 1, fields: [] };
  await state.createTable(table);
  const commit = (position: number, rest: Partial<Progress>) => {
    const checkpoint = { logId: "log", position, eventId: `e${position}` };
    return state.commitProgress({ processor, range, checkpoint, ...rest });
  };
  const changes = [{ key: "a", row: { amount: 1 }, position: 1 }];
  expect(await commit(1, { rows: { table, changes } })).toBe("committed");
  await crash();
  expect((await state.readRows(table, ["a"])).get("a")?.row).toEqual({ amount: 1 });
  expect((await state.listProcessors()).get(processor)?.ranges).toMatchObject([
    { checkpoint: { position: 1 } },
  ]);
  expect(await commit(2, {})).toBe("committed");
});

test("G5: a view goes on with all its rows after a crash", { timeout: 60_000 }, async () => {
  const store = await opened(await database("viewed"));
  // What asks for a sync takes along whatever came before it: nothing else writes at the end, and nothing hurries.
  const runtime = await running(walletService({ policies: [] }), store, { clock: systemClock });
  const ids = await openWallets(runtime, 20);
  await deposits(runtime, ids, 1);
  await caughtUp(runtime);
  await crash();
  await deposits(runtime, ids.slice(0, 1), 1);
  expect(await totalRow(runtime, store)).toEqual({ wallets: 20, balance: 21, bonuses: 0 });
  await caughtUp(runtime);
  for (const { differences } of await auditOf(runtime)) expect(differences).toEqual([]);
});

test("G1: an import survives a crash of the server", { timeout: 60_000 }, async () => {
  const from = await opened(await database("exported"));
  await from.events.append(sampleCommit({ stream: "a-1", events: 3 }));
  const { events } = await from.events.readLog({ after: 0, limit: 10 });
  const { events: imported } = await opened(await database("imported", { synchronous_commit: "off" }));
  await imported.importEvents(events);
  await crash();
  expect((await imported.readLog({ after: 0, limit: 10 })).events).toEqual(events);
});
