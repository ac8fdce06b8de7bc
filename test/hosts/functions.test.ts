import { policy, service } from "millrace";
import { doorbell, fetchHandler, processors } from "millrace/fetch";
import { describe, expect, test } from "vitest";
import type { PushedEvent, PushedReaction, PushResult } from "../../src/message/pushed-event.ts";
import type { ConnectedFunction } from "../../src/ports/function-transport.ts";
import type { Runtime } from "../../src/runtime/runtime.ts";
import { httpFunction } from "../../src/transports/http-function.ts";
import { asFunctions, secret } from "../runtime/as-functions.ts";
import { deposits, openWallets } from "../runtime/playing.ts";
import { eventually, running, type Stores, stores } from "../runtime/running.ts";
import { rewardDeposits, totals, wallet, walletService, wallets } from "../runtime/wallet-service.ts";

type Fetch = typeof fetch;

function batchOf(init: RequestInit | undefined): readonly PushedEvent<PushedReaction>[] {
  return JSON.parse(init?.body as string) as readonly PushedEvent<PushedReaction>[];
}

async function rewarded(runtime: Runtime, count: number) {
  return eventually(
    async () =>
      (await runtime.queries.row("totals", "all", { filters: [] }).catch(() => undefined))?.row?.row,
    (row) => (row as { bonuses?: number } | undefined)?.bonuses === count,
  );
}

/** What a relay has pushed of a service, and what it got, over a network that a test makes. */
async function pushing(
  opened: Stores,
  network: (call: Fetch) => Fetch,
  settings: Partial<ConnectedFunction> = {},
): Promise<Runtime> {
  const declared = walletService();
  return running(declared, opened, { functions: asFunctions(declared, network, settings) });
}

describe.each(stores)("events that are pushed on $name", ({ open }) => {
  test("G6: come in the order of their stream, one batch at a time, each with the one before it", async () => {
    const underWay = new Set<string>();
    const last = new Map<string, string>();
    const mistakes: string[] = [];
    let sideBySide = 0;
    const runtime = await pushing(await open(), (call) => async (url, init) => {
      const batch = batchOf(init);
      const [{ partitionkey: sequence }] = batch as [PushedEvent];
      if (underWay.has(sequence)) mistakes.push(`${sequence} twice at once`);
      underWay.add(sequence);
      sideBySide = Math.max(sideBySide, underWay.size);
      for (const { id, previous } of batch) {
        if (last.get(sequence) !== previous) mistakes.push(`${id} after ${previous}`);
        last.set(sequence, id);
      }
      const answer = await call(url, init);
      underWay.delete(sequence);
      return answer;
    });
    await deposits(runtime, await openWallets(runtime, 6), 10);
    expect(await rewarded(runtime, 60)).toMatchObject({ balance: 60 });
    expect(mistakes).toEqual([]);
    expect(sideBySide).toBeGreaterThan(1);
  });

  test("G5, G6, G7: act once where the platform delivers twice, late, out of order, in part, or loses the answer", async () => {
    const late: (() => Promise<unknown>)[] = [];
    let calls = 0;
    const runtime = await pushing(await open(), (call) => async (url, init) => {
      const fate = calls++ % 7;
      const again = () => call(url, { ...init, signal: null });
      switch (fate) {
        case 0:
          return (await Promise.all([again(), again()]))[1] as Response;
        case 1:
          throw new TypeError("the connection was dropped");
        case 2:
          await call(url, init);
          throw new TypeError("the answer was lost");
        case 3: {
          late.push(again);
          const { results } = (await (await call(url, init)).json()) as { results: PushResult[] };
          return Response.json({ results: results.slice(0, 1) });
        }
        case 4:
          await Promise.all(late.reverse().map((deliver) => deliver()));
          return call(url, init);
        case 5:
          return new Response("busy", { status: 429 });
        default:
          return call(url, init);
      }
    });
    await deposits(runtime, await openWallets(runtime, 5), 12);
    expect(await rewarded(runtime, 60)).toEqual({ wallets: 5, balance: 60, bonuses: 60 });
    expect(await runtime.operations.parked()).toEqual([]);
    for (const audit of [runtime.operations.audit({ sample: 1 })]) {
      for await (const { differences } of audit) expect(differences).toEqual([]);
    }
  });

  test("G6: an event that a function fails at is parked with what it said, and the rest of its batch waits behind it", async () => {
    const opened = await open();
    let isBroken = true;
    const reward = policy({
      name: "reward-deposits",
      from: [wallet],
      startAt: "beginning",
      on: {
        Deposited: ({ aggregateId, data }) => {
          if (isBroken && data.amount === 2) throw new Error("cannot reward two");
          return wallet.commands.AddBonus(aggregateId, {});
        },
      },
    });
    const declared = walletService({ policies: [reward] });
    const runtime = await running(declared, opened, { functions: asFunctions(declared) });
    const [id = ""] = await openWallets(runtime, 1);
    for (const amount of [1, 2, 3]) {
      await runtime.commands.handle({
        aggregate: "wallet",
        aggregateId: id,
        type: "Deposit",
        data: { amount },
      });
    }
    const [parked] = await eventually(
      () => runtime.operations.parked("reward-deposits"),
      ([first]) => first?.first.failure !== undefined && first.first.retryAt === undefined,
    );
    expect(parked).toMatchObject({
      sequence: `wallet-${id}`,
      events: 2,
      first: { failure: { code: "internal", message: "cannot reward two", attempts: 5 } },
    });
    expect(parked?.first.failure?.stack).toContain("functions.test.ts");
    isBroken = false;
    await runtime.operations.retryParked("reward-deposits", `wallet-${id}`);
    expect(await rewarded(runtime, 3)).toMatchObject({ balance: 6 });
  });

  test("come once, at most so many at a time, and not at all where there are none", async () => {
    let underWay = 0;
    let most = 0;
    let calls = 0;
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const runtime = await pushing(
      await open(),
      (call) => async (url, init) => {
        calls++;
        most = Math.max(most, ++underWay);
        if (underWay === 3) release();
        await held;
        underWay--;
        return call(url, init);
      },
      { concurrency: 3 },
    );
    const ids = await openWallets(runtime, 20);
    expect(calls).toBe(0);
    await deposits(runtime, ids, 1);
    await rewarded(runtime, 20);
    expect(most).toBe(3);
    expect(calls).toBe(20);
  });

  test("are told what they ask for: the state and the history as of the event, rows, and what became of a command", async () => {
    const told: unknown[] = [];
    const ask = policy({
      name: "ask",
      from: [wallet],
      startAt: "beginning",
      on: {
        Deposited: async (event, { state, history, rows, send }) => {
          const [now, events] = await Promise.all([state(), history()]);
          const [row] = await rows(wallets, { where: { balance: { gte: 1 } } });
          const result = await send(wallet.commands.AddBonus(event.aggregateId, {}));
          const refused = await send({
            ...wallet.commands.OpenWallet("", { owner: "owner-0" }),
            aggregateId: "other",
          });
          told.push({ now, types: events.map(({ type }) => type), row: row?.row.open, result, refused });
          return wallet.commands.CloseWallet(event.aggregateId, {});
        },
      },
    });
    const declared = walletService({ policies: [ask] });
    const runs: number[] = [];
    const functions = asFunctions(declared, (call) => (url, init) => {
      runs.push(batchOf(init).length);
      return call(url, init);
    });
    const runtime = await running(declared, await open(), { functions });
    const [id = ""] = await openWallets(runtime, 1);
    await deposits(runtime, [id], 1);
    await eventually(
      () => runtime.commands.load("wallet", id),
      ({ state }) => state.status === "CLOSED",
    );
    expect(told).toEqual([
      {
        now: { status: "OPEN", owner: "owner-0", balance: 1, bonuses: 0 },
        types: ["WalletOpened", "Deposited"],
        row: true,
        result: { status: "accepted", aggregateId: id, version: 3 },
        refused: expect.objectContaining({ status: "refused", code: "owner-has-a-wallet" }) as unknown,
      },
    ]);
    // Once for the state and the history, once for the rows, once for each command, and once more to the end.
    expect(runs.length).toBe(5);
  });
});

describe.each(stores)("a function that reaches the stores on $name", ({ open }) => {
  test("G5, G6: is rung for while it is behind, drains, and is left alone where there is nothing for it", async () => {
    const opened = await open();
    const declared = walletService();
    const handler = fetchHandler(declared, {
      stores: async () => ({ ...opened, close: async () => {} }),
      sides: [processors, doorbell({ secret })],
      auth: "none",
    });
    const rung: string[] = [];
    let calls = 0;
    const bell = (name: string): ConnectedFunction => ({
      takes: "doorbell",
      concurrency: 1,
      batchSize: 1,
      transport: httpFunction(name, {
        url: "http://function.example",
        secret,
        fetch: async (url, init) => {
          if (calls++ % 3 === 0) throw new TypeError("connection refused");
          rung.push(name);
          return handler.fetch(new Request(url as string, init));
        },
      }),
    });
    const runtime = await running(declared, opened, {
      roles: ["command", "query", "relay"],
      functions: { "reward-deposits": bell("reward-deposits"), totals: bell("totals") },
    });
    const ids = await openWallets(runtime, 3);
    await eventually(
      () => opened.state.listProcessors(),
      (states) => states.get("doorbell:reward-deposits")?.ranges[0]?.owner !== undefined,
    );
    expect(rung).not.toContain("reward-deposits");
    await deposits(runtime, ids, 5);
    expect(await rewarded(runtime, 15)).toEqual({ wallets: 3, balance: 15, bonuses: 15 });
    expect(new Set(rung)).toEqual(new Set(["reward-deposits", "totals"]));
  });
});

test("a function that nothing is declared for is a mistake of the configuration", async () => {
  const declared = service({
    name: "wallets",
    aggregates: [wallet],
    views: [totals],
    policies: [rewardDeposits],
  });
  const [reward] = Object.values(asFunctions(declared)) as [ConnectedFunction];
  const opened = await (stores[0] as (typeof stores)[0]).open();
  await expect(running(declared, opened, { functions: { totals: reward } })).rejects.toMatchObject({
    code: "configuration-invalid",
    message: expect.stringContaining("reward-deposits") as string,
  });
  await expect(
    running(declared, opened, { functions: { nothing: { ...reward, takes: "doorbell" } } }),
  ).rejects.toMatchObject({ code: "configuration-invalid" });
});
