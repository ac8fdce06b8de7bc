import { policy } from "millrace";
import { describe, expect, test } from "vitest";
import { asFunctions } from "./as-functions.ts";
import { deposits, openWallets } from "./playing.ts";
import { eventually, running, stores } from "./running.ts";
import { wallet, walletService, wallets } from "./wallet-service.ts";

describe.each(stores)("events of policies that are functions on $name", ({ open }) => {
  test("are missed by no policy, from the first command on", async () => {
    const opened = await open();
    const reward = policy({
      name: "reward-deposits",
      from: [wallet],
      on: { Deposited: ({ aggregateId }) => wallet.commands.AddBonus(aggregateId, {}) },
    });
    const declared = walletService({ policies: [reward] });
    const runtime = await running(declared, opened, { functions: asFunctions(declared) });
    const { ranges = [] } = (await opened.state.listProcessors()).get("policy:reward-deposits") ?? {};
    expect(ranges.map(({ checkpoint }) => checkpoint.position)).toEqual([0]);
    await deposits(runtime, await openWallets(runtime, 1), 1);
    await eventually(
      async () =>
        (await runtime.queries.row("totals", "all", { filters: [] }).catch(() => undefined))?.row?.row,
      (row) => (row as { readonly bonuses?: number } | undefined)?.bonuses === 1,
    );
  });

  test("G6: an event is parked whose handler asks for something else whenever it runs", async () => {
    let runs = 0;
    const restless = policy({
      name: "reward-deposits",
      from: [wallet],
      startAt: "beginning",
      on: {
        Deposited: async (_event, { rows }) => {
          await rows(wallets, { limit: 1 + (runs++ % 1000) });
          await rows(wallets, { limit: 1 + (runs++ % 1000) });
        },
      },
    });
    const declared = walletService({ policies: [restless] });
    const runtime = await running(declared, await open(), { functions: asFunctions(declared) });
    await deposits(runtime, await openWallets(runtime, 1), 1);
    const [parked] = await eventually(
      () => runtime.operations.parked("reward-deposits"),
      ([first]) => first?.first.failure !== undefined && first.first.retryAt === undefined,
    );
    expect(parked?.first.failure).toMatchObject({
      code: "service-refused",
      message: expect.stringContaining("expected a handler that asks for the same whenever it runs"),
    });
  });
});
