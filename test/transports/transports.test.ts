import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { policy, service } from "millrace";
import { describe, expect, onTestFinished, test } from "vitest";
import { encodeToken } from "../../src/message/token.ts";
import type { ForeignCommand } from "../../src/ports/command-transport.ts";
import type { Connection } from "../../src/ports/connection.ts";
import { inProcess } from "../../src/runtime/in-process.ts";
import type { Runtime } from "../../src/runtime/runtime.ts";
import { openMemory } from "../../src/stores/memory/index.ts";
import { httpCommands } from "../../src/transports/http-commands.ts";
import { httpFeed } from "../../src/transports/http-feed.ts";
import { overNode } from "../http/over-node.ts";
import { bank, producer, received } from "../runtime/bank.ts";
import { amounts } from "../runtime/following.ts";
import { deposits, openWallets } from "../runtime/playing.ts";
import { accepted, eventually, running } from "../runtime/running.ts";

interface Reached {
  readonly runtime: Runtime;
  readonly connection: Connection;
}

const transports: readonly { readonly name: string; reach(): Promise<Reached> }[] = [
  {
    name: "in one process",
    async reach() {
      const runtime = await running(producer, openMemory());
      return { runtime, connection: inProcess(runtime, "ledger") };
    },
  },
  {
    name: "over HTTP",
    async reach() {
      const opened = await overNode(producer);
      onTestFinished(() => opened.close());
      const url = opened.url;
      return {
        runtime: opened.runtime,
        connection: { feed: httpFeed("wallet-bank", { url }), commands: httpCommands({ url }) },
      };
    },
  },
];

function deposit(aggregateId: string, id: string, more: Partial<ForeignCommand> = {}): ForeignCommand {
  return {
    aggregate: "wallet",
    collection: "wallets",
    aggregateId,
    type: "Deposit",
    data: { amount: 5 },
    id,
    metadata: { correlationId: "c-1", causationId: "bank/e-1", depth: 3 },
    ...more,
  };
}

describe.each(transports)("another service, reached $name", ({ reach }) => {
  test("gives what it publishes in the order of its log, in pages, by types", async () => {
    const { runtime, connection } = await reach();
    await deposits(runtime, await openWallets(runtime, 3), 2);
    const { events } = await runtime.feed.read({ limit: 1000, waitMs: 0 });
    expect(events).toHaveLength(9);
    const found = [];
    let after: string | undefined;
    for (let more = true; more; ) {
      const page = await connection.feed.read({
        limit: 2,
        waitMs: 0,
        ...(after === undefined ? {} : { after }),
      });
      expect(page.events.length).toBeLessThanOrEqual(2);
      found.push(...page.events);
      after = page.next;
      more = page.more;
    }
    expect(found).toEqual(events);
    const opened = await connection.feed.read({ types: ["WalletOpened", "Unheard"], limit: 1000, waitMs: 0 });
    expect(opened.events).toEqual(events.filter(({ type }) => type === "WalletOpened"));
  });

  test("tells news at once to who waits for them", async () => {
    const { runtime, connection } = await reach();
    const { next } = await connection.feed.read({ limit: 10, waitMs: 0 });
    const waiting = connection.feed.read({ after: next, limit: 10, waitMs: 20_000 });
    await openWallets(runtime, 1);
    expect((await waiting).events).toHaveLength(1);
  });

  test("says that its log is another one", async () => {
    const { connection } = await reach();
    const after = encodeToken([{ logId: "another", position: 1, eventId: "1.0" }]);
    await expect(connection.feed.read({ after, limit: 10, waitMs: 0 })).rejects.toMatchObject({
      code: "log-diverged",
    });
  });

  test("G4, G7: takes a command once, however often it is sent, and keeps where it came from", async () => {
    const { runtime, connection } = await reach();
    const [id = ""] = await openWallets(runtime, 1);
    const results = [
      await connection.commands.send(deposit(id, "k-1")),
      await connection.commands.send(deposit(id, "k-1")),
      await connection.commands.send(deposit(id, "k-2")),
    ];
    expect(results).toEqual([
      { status: "accepted", aggregateId: id, version: 2 },
      { status: "accepted", aggregateId: id, version: 2 },
      { status: "accepted", aggregateId: id, version: 3 },
    ]);
    const [, event] = await runtime.commands.history("wallet", id, { from: 1, limit: 10 });
    expect(event?.metadata).toMatchObject({ correlationId: "c-1", depth: 3 });
  });

  test("answers with a refusal, which stays", async () => {
    const { runtime, connection } = await reach();
    const [id = ""] = await openWallets(runtime, 1);
    await accepted(runtime, { aggregateId: id, type: "CloseWallet", data: {} });
    for (let attempt = 0; attempt < 2; attempt++) {
      expect(await connection.commands.send(deposit(id, "k-1"))).toEqual({
        status: "refused",
        code: "wallet-closed",
        detail: "The wallet is CLOSED.",
      });
    }
  });

  test("turns away for good what it cannot take", async () => {
    const { runtime, connection } = await reach();
    const [id = ""] = await openWallets(runtime, 1);
    const wrong: readonly Partial<ForeignCommand>[] = [
      { type: "Unheard" },
      { data: { amount: "five" } },
      { aggregateId: "nobody" },
      { metadata: { correlationId: "c-1", depth: 1000 } },
    ];
    for (const [index, more] of wrong.entries()) {
      await expect(connection.commands.send(deposit(id, `k-${index}`, more))).rejects.toMatchObject({
        code: "service-refused",
      });
    }
  });

  test("is followed, and commanded by a policy that goes by what became of it", async () => {
    const { runtime, connection } = await reach();
    const told: string[] = [];
    const thank = policy({
      name: "thank",
      from: [bank],
      startAt: "beginning",
      on: {
        MoneyReceived: async ({ aggregateId, data }, { send }) => {
          if (data.amount === 1) return;
          const result = await send(bank.commands.wallet.CloseWallet(aggregateId, {}));
          const again = await send(bank.commands.wallet.Deposit(aggregateId, { amount: 1 }));
          told.push(result.status, again.status === "refused" ? again.code : again.status);
        },
      },
    });
    const declared = service({ name: "ledger", views: [received], policies: [thank], uses: [bank] });
    const following = await running(declared, openMemory(), { services: { "wallet-bank": connection } });
    const [id = ""] = await openWallets(runtime, 1);
    for (const amount of [1, 1, 7])
      await accepted(runtime, { aggregateId: id, type: "Deposit", data: { amount } });
    expect(
      await eventually(
        () => amounts(following),
        (found) => found[id]?.length === 3,
      ),
    ).toEqual({
      [id]: [1, 1, 7],
    });
    await eventually(
      () => told.length,
      (count) => count > 0,
    );
    expect(told).toEqual(["accepted", "wallet-closed"]);
  });
});

describe("over HTTP, a service", () => {
  test("that is not there is left in peace for a while, and then asked again", async () => {
    const server = createServer((_, response) => response.writeHead(503, { "retry-after": "1" }).end());
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void server.close());
    let requests = 0;
    server.on("request", () => {
      requests += 1;
    });
    let now = 0;
    const clock = { now: () => now, elapsed: () => now, sleep: async () => {} };
    const { port } = server.address() as AddressInfo;
    const commands = httpCommands({ url: `http://127.0.0.1:${port}` }, clock);
    const attempt = () =>
      expect(commands.send(deposit("w", "k"))).rejects.toMatchObject({ code: "service-unavailable" });
    await attempt();
    await attempt();
    expect(requests).toBe(1);
    now = 1000;
    await attempt();
    expect(requests).toBe(2);
  });

  test("that does not take one command yet is asked for others at once", async () => {
    let requests = 0;
    const server = createServer((_, response) => {
      requests += 1;
      response.writeHead(409).end('{"type":"urn:x","code":"reference-not-yet-known","detail":"Wait."}');
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void server.close());
    const { port } = server.address() as AddressInfo;
    const commands = httpCommands({ url: `http://127.0.0.1:${port}` });
    for (const key of ["k-1", "k-2"]) {
      await expect(commands.send(deposit("w", key))).rejects.toMatchObject({ code: "service-unavailable" });
    }
    expect(requests).toBe(2);
  });

  test.each<[string, (path: string) => readonly [number, string], string]>([
    ["answers no JSON", () => [200, "<html>"], "service-refused"],
    ["answers something else", () => [200, "{}"], "service-refused"],
    ["answers half an event", () => [200, '[{"specversion":"1.0"}]'], "service-refused"],
    ["sends elsewhere", () => [302, ""], "service-refused"],
    ["forbids", () => [403, '{"code":"forbidden","detail":"No."}'], "service-refused"],
    ["has a bug", () => [500, "{}"], "internal"],
    ["is overloaded", () => [503, "{}"], "service-unavailable"],
  ])("that %s is told as that", async (_what, answer, code) => {
    const server = createServer((request, response) => {
      const [status, body] = answer(request.url ?? "");
      response.writeHead(status, { location: "http://elsewhere.test/" }).end(body);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void server.close());
    const { port } = server.address() as AddressInfo;
    const url = `http://127.0.0.1:${port}`;
    const read = httpFeed("wallet-bank", { url }).read({ limit: 10, waitMs: 0 });
    await expect(read).rejects.toMatchObject({ code });
    await expect(httpCommands({ url }).send(deposit("w", "k"))).rejects.toMatchObject({ code });
  });

  test("that cannot be reached is not available", async () => {
    const read = httpFeed("wallet-bank", { url: "http://127.0.0.1:1" }).read({ limit: 10, waitMs: 0 });
    await expect(read).rejects.toMatchObject({ code: "service-unavailable" });
  });
});
