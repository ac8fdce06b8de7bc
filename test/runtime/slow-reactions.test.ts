import { policy } from "millrace";
import { describe, expect, test } from "vitest";
import { deposits, openWallets } from "./playing.ts";
import { accepted, eventually, places, running } from "./running.ts";
import { wallet, walletService, wallets } from "./wallet-service.ts";

describe.each(places)("reactions that wait for the outside, on $name", ({ open }) => {
  test("G6: one that takes long holds up its own stream alone, and is done once", async () => {
    let answer: (() => void) | undefined;
    const outside = new Promise<void>((resolve) => {
      answer = resolve;
    });
    let slow = "";
    const told: string[] = [];
    const tell = policy({
      name: "tell",
      from: [wallet],
      startAt: "beginning",
      on: {
        Deposited: async ({ aggregateId, data }) => {
          if (aggregateId === slow && data.amount === 1) await outside;
          told.push(`${aggregateId} ${data.amount}`);
          return undefined;
        },
      },
    });
    const runtime = await running(walletService({ views: [], policies: [tell] }), await open());
    const [one = "", other = ""] = await openWallets(runtime, 2);
    slow = one;
    await accepted(runtime, { aggregateId: one, type: "Deposit", data: { amount: 1 } });
    await accepted(runtime, { aggregateId: one, type: "Deposit", data: { amount: 2 } });
    // Each is a page of its own behind the one with the slow event.
    for (const amount of [1, 2, 3]) {
      await accepted(runtime, { aggregateId: other, type: "Deposit", data: { amount } });
      await eventually(
        () => told.length,
        (count) => count === amount,
      );
    }
    expect(told).toEqual([`${other} 1`, `${other} 2`, `${other} 3`]);
    answer?.();
    await eventually(
      () => told.length,
      (count) => count === 5,
    );
    expect(told.slice(3)).toEqual([`${one} 1`, `${one} 2`]);
    expect(await eventually(() => runtime.operations.parked("tell"), isEmpty)).toEqual([]);
  });

  test("one that never ends is told when its time is over, and is tried again", async () => {
    const ended: boolean[] = [];
    const hang = policy({
      name: "hang",
      from: [wallet],
      startAt: "beginning",
      timeoutMs: 50,
      on: {
        Deposited: async ({ aggregateId }, { signal }) => {
          if (ended.length > 0) return wallet.commands.AddBonus(aggregateId, {});
          signal.addEventListener("abort", () => ended.push(signal.aborted));
          return new Promise(() => {});
        },
      },
    });
    const runtime = await running(walletService({ views: [wallets], policies: [hang] }), await open());
    const [id = ""] = await openWallets(runtime, 1);
    await deposits(runtime, [id], 1);
    const { row } = await eventually(
      () => runtime.queries.row("wallets", id, { filters: [] }),
      ({ row: found }) => found?.row.bonuses === 1,
    );
    expect(row?.row).toMatchObject({ bonuses: 1 });
    expect(ended).toEqual([true]);
  });
});

describe.each(places)("policies that read views, on $name", ({ open }) => {
  test("rows include the event at hand", async () => {
    const seen: unknown[] = [];
    const look = policy({
      name: "look",
      from: [wallet],
      startAt: "beginning",
      on: {
        Deposited: async ({ data }, { rows }) => {
          const found = await rows(wallets, {
            where: { owner: data.owner, balance: { gte: 5, lt: 1000 } },
            sort: { field: "balance", direction: "desc" },
            limit: 10,
          });
          seen.push(found.map(({ row }) => row.balance));
          return undefined;
        },
      },
    });
    const runtime = await running(walletService({ views: [wallets], policies: [look] }), await open());
    const [id = ""] = await openWallets(runtime, 1);
    for (const [index, amount] of [5, 10, 20, 2000].entries()) {
      await accepted(runtime, { aggregateId: id, type: "Deposit", data: { amount } });
      await eventually(
        () => seen.length,
        (count) => count === index + 1,
      );
    }
    expect(seen).toEqual([[5], [15], [35], []]);
  });

  test("a view of nobody's is a mistake that parks", async () => {
    const look = policy({
      name: "look",
      from: [wallet],
      startAt: "beginning",
      on: { Deposited: async (_event, { rows }) => void (await rows(wallets)) },
    });
    const runtime = await running(walletService({ views: [], policies: [look] }), await open());
    const [id = ""] = await openWallets(runtime, 1);
    await deposits(runtime, [id], 1);
    const [parked] = await eventually(
      () => runtime.operations.parked("look"),
      ([first]) => first !== undefined,
    );
    expect(parked?.first.failure).toMatchObject({
      code: "view-not-found",
      message: expect.stringContaining("wallets"),
    });
  });
});

function isEmpty(list: readonly unknown[]): boolean {
  return list.length === 0;
}
