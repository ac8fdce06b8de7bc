import { readFileSync } from "node:fs";
import { openPostgres } from "millrace/postgres";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { logBeginning } from "../../src/message/log-point.ts";
import { sliceCount } from "../../src/message/slice.ts";
import type { EventStore } from "../../src/ports/event-store.ts";
import { noTelemetry } from "../../src/ports/telemetry.ts";
import { Database } from "../../src/stores/postgres/database.ts";
import { PostgresEventStore } from "../../src/stores/postgres/postgres-event-store.ts";
import { PostgresStateStore } from "../../src/stores/postgres/postgres-state-store.ts";
import { sampleCommit } from "../../src/testing/conformance/sample-commit.ts";
import { eventually } from "../runtime/running.ts";
import { type BreakingProxy, makeProxy } from "./proxy.ts";
import { makeServer, type Server } from "./server.ts";

let server: Server;

beforeAll(async () => {
  server = await makeServer();
  const client = new pg.Client(server.url);
  await client.connect();
  await client.query("CREATE DATABASE strict");
  await client.query("ALTER DATABASE strict SET default_transaction_isolation = 'serializable'");
  await client.end();
}, 60_000);

afterAll(() => server.remove());

/** With one connection, which is made already, so that the next answer is that of the next statement. */
async function opened(proxy: BreakingProxy, database: string, patienceMs = 10_000): Promise<EventStore> {
  const url = new URL(proxy.url);
  url.pathname = database;
  const schema = crypto.randomUUID();
  const store = await openPostgres({ url: url.href, schema, maxConnections: 1, listen: false, patienceMs });
  onTestFinished(() => store.close());
  await store.events.append(sampleCommit({ stream: "a-1" }));
  return store.events;
}

async function countOf(events: EventStore, commandId: string): Promise<number> {
  const log = await events.readStream("a-1");
  return log.filter(({ metadata }) => metadata.causationId === commandId).length;
}

describe.each([
  { name: "one statement", database: "postgres" },
  { name: "a transaction, where the server's default isolation is another", database: "strict" },
])("an append as $name", ({ database }) => {
  test("G4: whose answer is lost is sent again, and has happened once", async () => {
    const proxy = await makeProxy(server);
    const events = await opened(proxy, database);
    for (const count of [1, 2]) {
      const commit = sampleCommit({ stream: "a-1", events: count });
      const { position } = await events.head();
      proxy.atAnswer((number) => (number === 1 ? "cut" : "pass"));
      await expect(events.append(commit)).resolves.toMatchObject({
        status: "appended",
        repeated: true,
        firstPosition: position + 1,
        point: { position: position + count },
      });
      expect(await countOf(events, commit.command.id)).toBe(count);
    }
  });

  test("G4: of which nobody can tell whether it happened says so, and its repeat tells", async () => {
    const proxy = await makeProxy(server);
    const events = await opened(proxy, database, 500);
    // The server is gone with the answer; or it is back for as long as it takes to say that it knows the command, and no longer.
    for (const lastAnswer of [1, 2]) {
      const commit = sampleCommit({ stream: "a-1" });
      proxy.atAnswer((number) => (number < lastAnswer ? "cut" : "refuse"));
      await expect(events.append(commit)).rejects.toMatchObject({ code: "outcome-unknown", retryable: true });
      await proxy.accept();
      proxy.atAnswer(() => "pass");
      await expect(events.append(commit)).resolves.toMatchObject({ status: "appended", repeated: true });
      expect(await countOf(events, commit.command.id)).toBe(1);
    }
  });

  test("that never reached the server is known not to have happened", async () => {
    const proxy = await makeProxy(server);
    const events = await opened(proxy, database, 500);
    await proxy.refuse();
    const unavailable = { code: "store-unavailable", retryable: true };
    // By now the store knows that its connection is gone.
    await expect(events.head()).rejects.toMatchObject(unavailable);
    const commit = sampleCommit({ stream: "a-1" });
    await expect(events.append(commit)).rejects.toMatchObject(unavailable);
    await proxy.accept();
    expect(await countOf(events, commit.command.id)).toBe(0);
    await expect(events.append(commit)).resolves.toMatchObject({ status: "appended", repeated: false });
  });
});

describe("a server that falls silent", () => {
  /** Stores on a schema that is there, which wait half a second for an answer. */
  async function opened(proxy: BreakingProxy) {
    const schema = crypto.randomUUID();
    await (await openPostgres({ url: server.url, schema })).close();
    const options = { url: proxy.url, schema, patienceMs: 500, telemetry: noTelemetry };
    const database = new Database({ ...options, maxConnections: 1, answerMs: 500 });
    const settings = { logId: "log", listen: false, maxWaitingAppends: 1 };
    const events = new PostgresEventStore(database, { ...options, ...settings });
    const state = new PostgresStateStore(database, schema);
    onTestFinished(async () => {
      await Promise.all([events.close(), state.close()]);
      await database.close();
    });
    await events.append(sampleCommit({ stream: "a-1" }));
    return { events, state, database };
  }

  test("G4: does not have an append wait for ever", async () => {
    const proxy = await makeProxy(server);
    const { events } = await opened(proxy);
    const commit = sampleCommit({ stream: "a-1" });
    proxy.atAnswer(() => "silence");
    await expect(events.append(commit)).rejects.toMatchObject({ code: "outcome-unknown", retryable: true });
    proxy.atAnswer(() => "pass");
    await proxy.accept();
    await expect(events.append(commit)).resolves.toMatchObject({ status: "appended", repeated: true });
    expect(await countOf(events, commit.command.id)).toBe(1);
  });

  test.each<[string, (stores: Awaited<ReturnType<typeof opened>>) => Promise<unknown>]>([
    ["a look at the head", ({ events }) => events.head()],
    ["a look at a position", ({ events }) => events.pointAt(1_000_000)],
    ["a look for a command", ({ events }) => events.findCommand("unknown")],
    ["a look at the processors", ({ state }) => state.listProcessors()],
    ["a look at the tables of views", ({ state }) => state.listTables()],
    ["a look for a snapshot", ({ state }) => state.loadSnapshot("a-1", 1)],
  ])("does not have %s wait for ever", async (_name, look) => {
    const proxy = await makeProxy(server);
    const stores = await opened(proxy);
    proxy.atAnswer(() => "silence");
    await expect(look(stores)).rejects.toMatchObject({ code: "store-unavailable", retryable: true });
    proxy.atAnswer(() => "pass");
    await proxy.accept();
    await look(stores);
  });

  test("does not have a transaction wait for ever for its end, of which nobody can tell", async () => {
    const proxy = await makeProxy(server);
    const { database } = await opened(proxy);
    proxy.atAnswer(() => "silence");
    await expect(database.transaction((session) => session.all("SELECT 1"))).rejects.toMatchObject({
      code: "outcome-unknown",
      retryable: true,
    });
  });

  test("has what may rightly take long wait as long as the URL says", async () => {
    const proxy = await makeProxy(server);
    const url = `${proxy.url}?query_timeout=500`;
    const store = await openPostgres({ url, schema: crypto.randomUUID(), listen: false, patienceMs: 500 });
    onTestFinished(() => store.close());
    proxy.atAnswer(() => "silence");
    await expect(store.events.readStream("a-1")).rejects.toMatchObject({ code: "store-unavailable" });
  });
});

test("G5: work of a projection is not done again where nobody can tell whether it was committed", async () => {
  const proxy = await makeProxy(server);
  const place = { url: proxy.url, schema: crypto.randomUUID() };
  const store = await openPostgres({ ...place, maxConnections: 1, listen: false });
  onTestFinished(() => store.close());
  const processor = "projection:ledger@1";
  const range = { from: 0, to: sliceCount, epoch: 1, owner: "w" };
  await store.state.updateProcessor(processor, (before) => ({
    ...before,
    ranges: [{ ...range, checkpoint: logBeginning("log"), leaseUntil: 0 }],
  }));
  let times = 0;
  const work = async () => {
    times++;
  };
  proxy.atAnswer((number) => (number === 1 ? "cut" : "pass"));
  const checkpoint = { logId: "log", position: 1, eventId: "e1" };
  await expect(store.state.commitProgress({ processor, range, checkpoint, work })).rejects.toMatchObject({
    code: "outcome-unknown",
  });
  expect(times).toBe(1);
  expect((await store.state.listProcessors()).get(processor)?.ranges).toMatchObject([{ checkpoint }]);
});

test("who waits for events during an outage and is told to stop does not wait for its end", async () => {
  const proxy = await makeProxy(server);
  const events = await opened(proxy, "postgres", 60_000);
  await proxy.refuse();
  const stopping = new AbortController();
  const waiting = events.waitForEvents(1, stopping.signal);
  stopping.abort();
  await expect(waiting).resolves.toBeUndefined();
});

test.runIf(process.platform === "linux")(
  "connections are asked for a sign of life within ten seconds",
  async () => {
    const store = await openPostgres({ url: server.url, schema: crypto.randomUUID() });
    onTestFinished(() => store.close());
    const port = Number(new URL(server.url).port).toString(16).toUpperCase().padStart(4, "0");
    // Of each connection that waits: which timer runs, 2 being that of keep-alive, and the hundredths of a second that are left of it.
    const timers = () =>
      readFileSync("/proc/self/net/tcp", "utf8")
        .split("\n")
        .map((line) => line.trim().split(/\s+/))
        .filter(([, , remote, state]) => remote?.endsWith(`:${port}`) && state === "01")
        .map((columns) => columns[5]?.split(":").map((part) => Number.parseInt(part, 16)));
    const found = await eventually(
      timers,
      (all) => all.length >= 2 && all.every((timer) => timer?.[0] === 2),
    );
    for (const timer of found) expect(timer?.[1]).toBeLessThanOrEqual(1000);
  },
);
