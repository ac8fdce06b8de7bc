import { aggregate, policy, service, view } from "millrace";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { noTelemetry, type Telemetry } from "../../src/ports/telemetry.ts";
import { deposits, holding, openWallets } from "./playing.ts";
import { eventually, hastyClock, places, running, tokenOfHead } from "./running.ts";
import { standingClock } from "./standing-clock.ts";
import { totals, wallet, walletService } from "./wallet-service.ts";

describe.each(places)("the loops of processors on $name", ({ open }) => {
  test("an event that only a newer version knows stops a processor also where another aggregate has that type", async () => {
    const opened = await open();
    const safe = aggregate({
      name: "safe",
      collection: "safes",
      state: z.object({ status: z.literal("ANY") }),
      initialState: { status: "ANY" },
      events: { WalletFrozen: z.object({}) },
      commands: { Freeze: z.object({}) },
      decide: { Freeze: (_command, _state, { WalletFrozen }) => [WalletFrozen({})] },
      evolve: { WalletFrozen: (state) => state },
    });
    const watch = policy({
      name: "watch",
      from: [wallet],
      startAt: "beginning",
      on: { Deposited: () => undefined },
    });
    const older = service({
      name: "wallets",
      aggregates: [wallet, safe],
      views: [totals],
      policies: [watch],
    });
    const runtime = await running(older, opened);
    await openWallets(runtime, 1);
    const frozen = (stream: string) => ({
      stream,
      expected: "any" as const,
      events: [
        {
          id: `${stream}.0`,
          type: "WalletFrozen",
          data: {},
          schemaVersion: 1,
          metadata: { correlationId: "c", depth: 0 },
          tags: [],
        },
      ],
    });
    await opened.events.append({ command: { id: "1", fingerprint: "" }, appends: [frozen("safe-1")] });
    await opened.events.append({ command: { id: "2", fingerprint: "" }, appends: [frozen("wallet-1")] });
    const reports = await eventually(
      () => runtime.operations.processors(),
      (found) => found.every(({ status }) => status === "stopped"),
    );
    expect(reports.map(({ position }) => position)).toEqual([2, 2]);
  });

  test("a processor that has nothing to do comes to the head all the same", async () => {
    const opened = await open();
    const idle = policy({ name: "idle", from: [wallet], on: { WalletClosed: () => undefined } });
    const runtime = await running(walletService({ views: [], policies: [idle] }), opened, { leaseMs: 60 });
    await openWallets(runtime, 5);
    const [report] = await eventually(
      () => runtime.operations.processors(),
      ([found]) => found?.lag === 0,
    );
    expect(report?.position).toBe(5);
  });

  test("events that change no row of a view move it on together, and who waits for it is told", async () => {
    const opened = await open();
    const closed = view({
      name: "closed",
      from: [wallet],
      schema: z.object({ owner: z.string() }),
      on: { WalletClosed: (_row, { data }) => ({ owner: data.owner }) },
    });
    const clock = standingClock();
    let pages = 0;
    let commits = 0;
    const state = holding(opened.state, async () => {
      commits++;
    });
    const count: Telemetry["count"] = (metric) => {
      if (metric === "millrace_processor_events_total") pages++;
    };
    const runtime = await running(
      walletService({ views: [closed], policies: [] }),
      { ...opened, state },
      { clock, telemetry: { ...noTelemetry, count } },
    );
    const ids = await openWallets(runtime, 1);
    for (let page = 1; page <= 3; page++) {
      await eventually(
        () => pages,
        (found) => found >= page,
      );
      await deposits(runtime, ids, 1);
    }
    expect(commits).toBe(0);
    let isTold = false;
    const freshness = { token: await tokenOfHead(opened), waitMs: 1_000_000 };
    const asked = runtime.queries.row("closed", "none", { filters: [], freshness });
    void asked.then(() => {
      isTold = true;
    });
    await eventually(
      () => clock.goOn(25),
      () => isTold,
    );
    expect((await asked).row).toBeUndefined();
    expect(commits).toBeLessThan(3);
  });

  test("a clock that is set back holds nothing up", async () => {
    const opened = await open();
    let back = 0;
    const clock = { ...hastyClock, now: () => hastyClock.now() - back };
    const runtime = await running(walletService({ views: [totals], policies: [] }), opened, {
      clock,
      leaseMs: 300,
    });
    await openWallets(runtime, 1);
    const other = await running(walletService({ views: [totals], policies: [] }), opened, {
      roles: ["query"],
    });
    back = 3_600_000;
    await other.operations.pause("totals");
    await openWallets(other, 0);
    await eventually(
      () => other.operations.processors(),
      ([report]) => report?.status === "paused",
    );
    // Only a loop that still renews its lease hears of it, and gives up nothing while it does.
    const leaseUntil = async () =>
      (await other.operations.processors())[0]?.state.workers.map(({ aliveUntil }) => aliveUntil).at(0) ?? 0;
    const before = await leaseUntil();
    await eventually(leaseUntil, (later) => later > before);
  });
});
