import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { durableService, type MessageBatch, objectOf, worker } from "millrace/cloudflare";
import { describe, expect, onTestFinished, test } from "vitest";
import { root } from "../entry-points.ts";
import { eventually } from "../runtime/running.ts";
import { type AccountHost, accountSuite } from "./account-suite.ts";
import { startWorker } from "./workerd/workerd.ts";

const scriptOf = (name: string) => fileURLToPath(new URL(`./workerd/${name}.ts`, import.meta.url));

async function openAccounts(folder?: string): Promise<AccountHost> {
  const accounts = await startWorker(`${root}examples/online-store/accounts/deploy/cloudflare/worker.ts`, {
    durableObjects: { ACCOUNTS: { className: "Accounts", useSQLite: true } },
    ...(folder === undefined ? {} : { durableObjectsPersist: folder }),
  });
  return {
    fetch: async (path, init) =>
      (await accounts.dispatchFetch(`http://accounts${path}`, init as never)) as unknown as Response,
    close: () => accounts.dispose(),
  };
}

accountSuite("Cloudflare Workers, in a Durable Object", openAccounts);

test("G1: what a Durable Object has acknowledged is there after the runtime was started anew", async () => {
  const folder = mkdtempSync(join(tmpdir(), "millrace-objects-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const before = await openAccounts(folder);
  const created = await before.fetch("/v1/accounts", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: '{"userId":7,"accountNumber":"A-1"}',
  });
  const path = created.headers.get("location") ?? "";
  await before.close();
  const after = await openAccounts(folder);
  onTestFinished(() => after.close());
  // The alarm that was set before the command sees to it where the answer was the last thing that happened.
  await eventually(
    async () => (await (await after.fetch(path)).json()) as { state: { status: string } },
    ({ state }) => state.status === "ACCOUNT_ACTIVE",
  );
});

test("a queue and a schedule of Cloudflare have processors drained", async () => {
  const drained = await startWorker(scriptOf("drained-worker"), {
    queueProducers: { QUEUE: "drain" },
    queueConsumers: { drain: { maxBatchSize: 2, maxBatchTimeout: 0 } },
  });
  onTestFinished(() => drained.dispose());
  const queue = await drained.getQueueProducer("QUEUE");
  await queue.sendBatch([{ body: { processors: ["receipts"] } }, { body: "Hello" }]);
  const { scheduled } = (await drained.getWorker()) as unknown as {
    scheduled(options: { readonly cron: string }): Promise<unknown>;
  };
  await scheduled({ cron: "* * * * *" });
  const found = await eventually(
    async () => (await (await drained.dispatchFetch("http://drained/")).json()) as unknown[],
    (list) => list.length === 3,
  );
  expect(found).toEqual(expect.arrayContaining([["receipts"], "all", "all"]));
});

test("messages of a queue have done what they name, and come again where it is not done", async () => {
  const drained: unknown[] = [];
  const { queue } = worker({
    fetch: async () => new Response(),
    drain: async ({ processors }) => {
      drained.push(processors);
      if (processors?.includes("unknown")) throw new Error("no such processor");
      return { caughtUp: processors?.includes("slow") !== true };
    },
  });
  const fate: string[] = [];
  const bodies = [
    {},
    { processors: ["receipts"] },
    { processors: ["slow"] },
    { processors: ["unknown"] },
    { processors: 1 },
  ];
  const batch: MessageBatch = {
    messages: bodies.map((body) => ({ body, ack: () => fate.push("ack"), retry: () => fate.push("retry") })),
  };
  await queue(batch, {});
  expect(drained).toEqual([undefined, ["receipts"], ["slow"], ["unknown"]]);
  expect(fate).toEqual(["ack", "ack", "retry", "retry", "retry"]);
});

test("a Worker without processors says so when it is to drain them", async () => {
  const { scheduled } = worker({ fetch: async () => new Response() });
  await expect(scheduled({}, {})).rejects.toMatchObject({ code: "configuration-invalid" });
});

describe("a service in a Durable Object", () => {
  /** A storage that notes its alarm, and work that goes on only when a test says so. */
  function context() {
    const after: Promise<unknown>[] = [];
    const storage = {
      alarm: undefined as number | undefined,
      sql: undefined as never,
      transactionSync: undefined as never,
      sync: async () => {},
      async setAlarm(at: number) {
        storage.alarm = at;
      },
      async deleteAlarm() {
        storage.alarm = undefined;
      },
    };
    return { storage, after, waitUntil: (work: Promise<unknown>) => void after.push(work) };
  }

  const post = () => new Request("https://object/v1/accounts", { method: "POST" });

  test("has its alarm set before a command, and takes it back once all is done", async () => {
    const object = context();
    let alarmDuring: number | undefined;
    const Accounts = durableService(() => ({
      async fetch() {
        alarmDuring = object.storage.alarm;
        return new Response();
      },
      drain: async () => ({ caughtUp: true }),
    }));
    await new Accounts(object, {}).fetch(post());
    expect(alarmDuring).toEqual(expect.any(Number));
    await Promise.all(object.after);
    expect(object.storage.alarm).toBeUndefined();
  });

  test("is woken when there is something to do, by time or after a failure", async () => {
    const object = context();
    const reports = [
      async () => ({ caughtUp: true, nextAt: 4_102_444_800_000 }),
      async () => ({ caughtUp: false }),
      async () => Promise.reject(new Error("no storage")),
      async () => ({ caughtUp: true }),
    ];
    const Accounts = durableService(() => ({
      fetch: async () => new Response(),
      drain: () => (reports.shift() as (typeof reports)[0])(),
    }));
    const accounts = new Accounts(object, {});
    await accounts.alarm();
    expect(object.storage.alarm).toBe(4_102_444_800_000);
    await accounts.alarm();
    expect(object.storage.alarm).toBeLessThanOrEqual(Date.now());
    await accounts.alarm();
    expect(object.storage.alarm).toBeGreaterThan(Date.now());
    await accounts.alarm();
    expect(object.storage.alarm).toBeUndefined();
  });

  test("drains one at a time, and once more for what came meanwhile", async () => {
    const object = context();
    const releases: (() => void)[] = [];
    const Accounts = durableService(() => ({
      fetch: async () => new Response(),
      drain: () => new Promise((resolve) => releases.push(() => resolve({ caughtUp: true }))),
    }));
    const accounts = new Accounts(object, {});
    for (let count = 0; count < 3; count++) await accounts.fetch(post());
    expect(releases).toHaveLength(1);
    releases[0]?.();
    await eventually(
      () => releases.length,
      (count) => count === 2,
    );
    expect(object.storage.alarm).toBeDefined();
    releases[1]?.();
    await Promise.all(object.after);
    expect(releases).toHaveLength(2);
    expect(object.storage.alarm).toBeUndefined();
  });

  test("is drained by its Worker, and by nobody from outside", async () => {
    const requests: Request[] = [];
    const namespace = {
      idFromName: (name: string) => name,
      get: () => ({
        async fetch(request: Request) {
          requests.push(request);
          return Response.json({ caughtUp: true });
        },
      }),
    };
    const target = objectOf(namespace);
    await target.fetch(new Request("https://a/", { headers: { "millrace-drain": "{}" } }));
    expect(requests[0]?.headers.has("millrace-drain")).toBe(false);
    expect(await target.drain?.({ maxMs: 5 })).toEqual({ caughtUp: true });
    expect(requests[1]?.headers.get("millrace-drain")).toBe('{"maxMs":5}');
  });
});
