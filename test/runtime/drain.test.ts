import { policy } from "millrace";
import { describe, expect, test } from "vitest";
import type { Clock } from "../../src/ports/clock.ts";
import type { Runtime } from "../../src/runtime/runtime.ts";
import type { ServiceOptions } from "../../src/runtime/start-service.ts";
import { deposits, holding, openWallets } from "./playing.ts";
import { eventually, hastyClock, running, type Stores, stores } from "./running.ts";
import { travel } from "./travel.ts";
import { wallet, walletService } from "./wallet-service.ts";

/** A process in which nothing runs by itself. */
function resting(opened: Stores, options: Partial<ServiceOptions> = {}): Promise<Runtime> {
  return running(walletService(), opened, { roles: ["command", "query"], ...options });
}

async function sums(runtime: Runtime) {
  const { row } = await runtime.queries.row("totals", "all", { filters: [] });
  return row?.row;
}

describe.each(stores)("draining on $name", ({ open }) => {
  test("does all that there is to do, what that leads to included, and leaves", async () => {
    const opened = await open();
    const runtime = await resting(opened);
    await deposits(runtime, await openWallets(runtime, 3), 5);
    expect(await runtime.drain({ maxMs: 20_000 })).toEqual({ caughtUp: true });
    expect(await sums(runtime)).toEqual({ wallets: 3, balance: 15, bonuses: 15 });
    const states = await opened.state.listProcessors();
    expect([...states.values()].flatMap(({ ranges }) => ranges.map(({ owner }) => owner))).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    expect(await runtime.drain({ maxMs: 20_000 })).toEqual({ caughtUp: true });
  });

  test("G5, G7: drains that overlap, as when a platform calls twice, have each event take effect once", async () => {
    const opened = await open();
    const runtime = await resting(opened);
    const others = [await resting(opened), await resting(opened)];
    const ids = await openWallets(runtime, 4);
    await Promise.all([
      deposits(runtime, ids, 10),
      ...[runtime, ...others, runtime].map((each) => each.drain({ maxMs: 20_000 })),
    ]);
    await runtime.drain({ maxMs: 20_000 });
    expect(await sums(runtime)).toEqual({ wallets: 4, balance: 40, bonuses: 40 });
  });

  test("what was there before a drain is done after it, whichever of several has done it", async () => {
    const opened = await open();
    const runtime = await resting(opened);
    const ids = await openWallets(runtime, 8);
    const instances = await Promise.all(ids.map(() => resting(opened)));
    await Promise.all(
      ids.map(async (id, index) => {
        for (let count = 0; count < 5; count++) {
          await deposits(runtime, [id], 1);
          expect(await instances[index]?.drain({ maxMs: 20_000 })).toEqual({ caughtUp: true });
        }
      }),
    );
    expect(await sums(runtime)).toEqual({ wallets: 8, balance: 40, bonuses: 40 });
  });

  test("keeps nobody waiting for a processor that takes long", async () => {
    const opened = await open();
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const slow = policy({
      name: "reward-deposits",
      from: [wallet],
      startAt: "beginning",
      on: {
        Deposited: async (event) => {
          await held;
          return wallet.commands.AddBonus(event.aggregateId, {});
        },
      },
    });
    const runtime = await running(walletService({ policies: [slow] }), opened, {
      roles: ["command", "query"],
    });
    const ids = await openWallets(runtime, 1);
    await deposits(runtime, ids, 1);
    const draining = runtime.drain({ maxMs: 20_000 });
    for (const balance of [1, 2, 3]) {
      await eventually(
        () => sums(runtime).catch(() => undefined),
        (found) => (found as { balance?: number } | undefined)?.balance === balance,
      );
      await deposits(runtime, ids, 1);
    }
    release();
    expect(await draining).toEqual({ caughtUp: true });
    expect(await sums(runtime)).toEqual({ wallets: 1, balance: 4, bonuses: 4 });
  });

  test("does what it is asked for alone, and knows the names", async () => {
    const opened = await open();
    const runtime = await resting(opened);
    await deposits(runtime, await openWallets(runtime, 1), 1);
    await runtime.drain({ maxMs: 20_000, processors: ["totals"] });
    expect(await sums(runtime)).toEqual({ wallets: 1, balance: 1, bonuses: 0 });
    await expect(runtime.drain({ maxMs: 1, processors: ["totals", "toals"] })).rejects.toMatchObject({
      code: "processor-not-found",
      message: expect.stringContaining("wallets, totals, reward-deposits") as string,
    });
  });

  test("breaks off when its time is over, and what it had begun is done by the next", async () => {
    const opened = await open();
    const hanging = policy({
      name: "reward-deposits",
      from: [wallet],
      startAt: "beginning",
      on: {
        Deposited: (event, { signal }) =>
          new Promise((resolve) => {
            const done = () => resolve(wallet.commands.AddBonus(event.aggregateId, {}));
            if (isReady) done();
            else signal.addEventListener("abort", () => resolve(undefined));
          }),
      },
    });
    let isReady = false;
    const runtime = await running(walletService({ policies: [hanging] }), opened, {
      roles: ["command", "query"],
    });
    await deposits(runtime, await openWallets(runtime, 1), 2);
    expect(await runtime.drain({ maxMs: 60 })).toMatchObject({ caughtUp: false });
    isReady = true;
    expect(await runtime.drain({ maxMs: 20_000 })).toEqual({ caughtUp: true });
    expect(await sums(runtime)).toEqual({ wallets: 1, balance: 2, bonuses: 2 });
  });

  test("waits for what others hold, and leaves it to them", async () => {
    const opened = await open();
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const busy = await resting({ ...opened, state: holding(opened.state, () => held) });
    const runtime = await resting(opened);
    await openWallets(runtime, 1);
    const working = busy.drain({ maxMs: 20_000, processors: ["totals"] });
    await eventually(
      () => opened.state.listProcessors(),
      (states) => states.get("view:totals@1.1")?.ranges[0]?.owner !== undefined,
    );
    expect(await runtime.drain({ maxMs: 60, processors: ["totals"] })).toEqual({ caughtUp: false });
    const waiting = runtime.drain({ maxMs: 20_000, processors: ["totals"] });
    release();
    expect(await working).toEqual({ caughtUp: true });
    expect(await waiting).toEqual({ caughtUp: true });
    expect(await sums(runtime)).toMatchObject({ wallets: 1 });
  });

  test("G5: leaves alone what another drain of the same process is at", async () => {
    const opened = await open();
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    let commits = 0;
    const state = holding(opened.state, ({ processor }) => {
      if (processor === "view:totals@1.1") commits++;
      return held;
    });
    const runtime = await resting({ ...opened, state });
    await openWallets(runtime, 1);
    const working = runtime.drain({ maxMs: 20_000, processors: ["totals"] });
    await eventually(() => commits, Boolean);
    expect(await runtime.drain({ maxMs: 60, processors: ["totals"] })).toEqual({ caughtUp: false });
    expect(commits).toBe(1);
    release();
    expect(await working).toEqual({ caughtUp: true });
  });

  test("tells when there will be something to do, and passes the deadlines that are due", async () => {
    const opened = await open();
    let later = 0;
    const clock: Clock = { ...hastyClock, now: () => Date.UTC(2030, 0, 1) + later };
    const runtime = await running(travel, opened, { roles: ["command", "query"], clock });
    await runtime.commands.handle({
      aggregate: "offer",
      aggregateId: "hotel",
      type: "MakeOffer",
      data: { places: 1 },
    });
    await runtime.commands.handle({
      aggregate: "trip",
      aggregateId: "t1",
      type: "PlanTrip",
      data: { hotel: "hotel", flight: "nowhere" },
    });
    const report = await runtime.drain({ maxMs: 20_000 });
    expect(report).toMatchObject({ caughtUp: true, nextAt: expect.any(Number) as number });
    later = (report.nextAt ?? 0) - clock.now();
    expect(await runtime.drain({ maxMs: 20_000 })).toEqual({ caughtUp: true });
  });

  test("G9: puts a rebuilt view in the place of the old one", async () => {
    const opened = await open();
    const runtime = await resting(opened);
    await deposits(runtime, await openWallets(runtime, 2), 2);
    await runtime.drain({ maxMs: 20_000 });
    await runtime.operations.rebuild("totals");
    await runtime.drain({ maxMs: 20_000 });
    await runtime.drain({ maxMs: 20_000 });
    const [report] = (await runtime.operations.processors()).filter(({ name }) => name === "totals");
    expect(report?.tables).toEqual([expect.objectContaining({ generation: 2, serving: true })]);
    expect(await sums(runtime)).toEqual({ wallets: 2, balance: 4, bonuses: 4 });
  });
});
