// Longer than 300 lines because all the ways in which handling an event can go wrong stand side by side.
import { policy, view } from "millrace";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { MillraceError } from "../../src/errors/millrace-error.ts";
import { encodeToken } from "../../src/message/token.ts";
import { systemClock } from "../../src/ports/clock.ts";
import type { Runtime } from "../../src/runtime/runtime.ts";
import { startService } from "../../src/runtime/start-service.ts";
import { auditOf, caughtUp, deposits, holding, openMore, openWallets, totalRow } from "./playing.ts";
import { accepted, eventually, hastyClock, places, running } from "./running.ts";
import { totals, wallet, walletService } from "./wallet-service.ts";

describe.each(places)("processing events on $name", ({ open }) => {
  test("G5, G7: with several processes at work every event takes effect once in each view and reaction", async () => {
    const opened = await open();
    const runtimes = await Promise.all(
      [1, 2, 3].map(() => running(walletService(), opened, { leaseMs: 500 })),
    );
    const [first] = runtimes as [Runtime];
    const ids = await openWallets(first, 20);
    await Promise.all(runtimes.map((runtime) => deposits(runtime, ids, 5)));
    const row = await eventually(
      () => totalRow(first, opened),
      (found) => found?.bonuses === 300,
    );
    expect(row).toEqual({ wallets: 20, balance: 300, bonuses: 300 });
    await caughtUp(first);
    for (const report of await auditOf(first)) expect(report).toMatchObject({ differences: [] });
  });

  test("G5: a worker that was frozen while another took over cannot commit what it holds", async () => {
    const opened = await open();
    let release: (() => void) | undefined;
    const frozen = new Promise<void>((resolve) => {
      release = resolve;
    });
    let holds = false;
    const held = holding(opened.state, async (progress) => {
      if (!progress.processor.includes("totals") || progress.checkpoint.position === 0 || holds) return;
      holds = true;
      await frozen;
    });
    const slow = await startService(walletService({ policies: [], views: [totals] }), {
      events: opened.events,
      state: held,
      clock: {
        ...hastyClock,
        // Nothing of a frozen process goes on, least of all what renews its leases.
        async sleep(ms, signal) {
          await hastyClock.sleep(ms, signal);
          if (holds) await frozen;
        },
      },
      leaseMs: 30,
      workerId: "slow",
    });
    await openWallets(slow, 3);
    await eventually(() => holds, Boolean);
    const other = await running(walletService({ policies: [], views: [totals] }), opened, {
      leaseMs: 30,
      workerId: "other",
    });
    expect(await totalRow(other, opened)).toMatchObject({ wallets: 3 });
    release?.();
    await openMore(other, 2);
    expect(await totalRow(other, opened)).toMatchObject({ wallets: 5 });
    await slow.stop();
    expect(await totalRow(other, opened)).toMatchObject({ wallets: 5 });
  });

  test("G5: events take effect once where commits fail, and where they happen and are reported as failed", async () => {
    const opened = await open();
    const deposited = (index: number) => ({
      id: `deposits.${index}`,
      type: index === 0 ? "WalletOpened" : "Deposited",
      data: index === 0 ? { owner: "o" } : { owner: "o", amount: 1 },
      schemaVersion: 1,
      metadata: { correlationId: "c", depth: 0 },
      tags: [],
    });
    // More than two pages, so that some are folded while others are committed.
    const events = Array.from({ length: 2501 }, (_, index) => deposited(index));
    await opened.events.append({
      command: { id: "deposits", fingerprint: "" },
      appends: [{ stream: "wallet-w", expected: "none", events }],
    });
    let commits = 0;
    const failing = holding(opened.state, async (progress) => {
      if (progress.checkpoint.position === 0 || ++commits % 3 === 0) return;
      if (commits % 3 === 2) await opened.state.commitProgress(progress);
      throw new MillraceError("store-unavailable", "The answer was lost.");
    });
    const service = walletService({ policies: [], views: [totals] });
    const runtime = await running(service, { ...opened, state: failing });
    await caughtUp(runtime);
    expect(await totalRow(runtime, opened)).toEqual({ wallets: 1, balance: 2500, bonuses: 0 });
    await accepted(runtime, { aggregateId: "w", type: "Deposit", data: { amount: 1 } });
    await accepted(runtime, { aggregateId: "w", type: "Deposit", data: { amount: 1 } });
    expect(await totalRow(runtime, opened)).toEqual({ wallets: 1, balance: 2502, bonuses: 0 });
  });

  test("G7: a reaction that takes longer than the lease keeps it, and nobody else begins the same", async () => {
    const opened = await open();
    const keys: string[] = [];
    let finish: (() => void) | undefined;
    const outside = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const slow = policy({
      name: "slow",
      from: [wallet],
      startAt: "beginning",
      on: {
        Deposited: async (event, { idempotencyKey }) => {
          keys.push(idempotencyKey);
          await outside;
          return wallet.commands.AddBonus(event.aggregateId, {});
        },
      },
    });
    const leaseMs = 1000;
    const options = { leaseMs, clock: systemClock };
    const one = await running(walletService({ policies: [slow] }), opened, options);
    const [id = ""] = await openWallets(one, 1);
    await deposits(one, [id], 1);
    await eventually(() => keys.length, Boolean);
    const other = await running(walletService({ policies: [slow] }), opened, options);
    const leaseOfBusy = async () => {
      const { ranges = [] } = (await opened.state.listProcessors()).get("policy:slow") ?? {};
      return ranges[0]?.leaseUntil ?? 0;
    };
    const begun = await leaseOfBusy();
    await eventually(leaseOfBusy, (until) => until > begun + 2 * leaseMs);
    finish?.();
    await eventually(
      () => totalRow(other, opened),
      (row) => row?.bonuses === 1,
    );
    expect(keys).toHaveLength(1);
  });

  test("a reaction whose range was taken over is told to stop", async () => {
    const opened = await open();
    const told: AbortSignal[] = [];
    const endless = policy({
      name: "endless",
      from: [wallet],
      startAt: "beginning",
      on: {
        Deposited: async (_event, { signal }) => {
          told.push(signal);
          await new Promise((resolve) => signal.addEventListener("abort", resolve));
          return undefined;
        },
      },
    });
    const runtime = await running(walletService({ policies: [endless] }), opened, { leaseMs: 60 });
    const [id = ""] = await openWallets(runtime, 1);
    await deposits(runtime, [id], 1);
    await eventually(() => told.length, Boolean);
    // As if somebody had found the lease run out, while this process stood still.
    await opened.state.updateProcessor("policy:endless", (state) => ({
      ...state,
      ranges: state.ranges.map((range) => ({ ...range, owner: "another", epoch: range.epoch + 1 })),
    }));
    await eventually(() => told[0]?.aborted, Boolean);
  });

  test("G7: a policy that starts over from an old checkpoint acts no second time", async () => {
    const opened = await open();
    const runtime = await running(walletService(), opened);
    const ids = await openWallets(runtime, 5);
    await deposits(runtime, ids, 4);
    await eventually(
      () => totalRow(runtime, opened),
      (row) => row?.bonuses === 20,
    );
    await runtime.stop();
    await opened.state.dropProcessor("policy:reward-deposits");
    const again = await running(walletService(), opened);
    const { position } = await opened.events.head();
    await eventually(
      () => again.operations.processors(),
      (reports) =>
        reports.some(
          ({ name, state }) =>
            name === "reward-deposits" && (state.ranges[0]?.checkpoint.position ?? 0) >= position - 20,
        ),
    );
    await again.stop();
    expect((await opened.events.head()).position).toBe(position);
  });

  test("a new policy starts at the head and does not react to the past", async () => {
    const opened = await open();
    const before = await running(walletService({ policies: [] }), opened);
    const ids = await openWallets(before, 2);
    await deposits(before, ids, 3);
    await before.stop();
    const late = policy({
      name: "late",
      from: [wallet],
      on: { Deposited: (event) => wallet.commands.AddBonus(event.aggregateId, {}) },
    });
    const after = await running(walletService({ policies: [late] }), opened);
    await eventually(
      () => after.operations.processors(),
      (reports) => reports.some((report) => report.name === "late" && report.status === "running"),
    );
    await deposits(after, ids, 1);
    await eventually(
      () => totalRow(after, opened),
      (row) => row?.bonuses === 2,
    );
    await caughtUp(after);
    expect(await totalRow(after, opened)).toEqual({ wallets: 2, balance: 8, bonuses: 2 });
  });

  test("G6: a throw parks one row alone; later events of the row wait, others go on; a retry handles them in order", async () => {
    const opened = await open();
    let broken = true;
    const fragile = view({
      name: "fragile",
      from: [wallet],
      schema: z.object({ amounts: z.array(z.number()) }),
      on: {
        WalletOpened: () => ({ amounts: [] }),
        Deposited: (row, { data }) => {
          if (broken && data.amount === 13) throw new Error("unlucky");
          return row && { amounts: [...row.amounts, data.amount] };
        },
      },
    });
    const runtime = await running(walletService({ views: [fragile], policies: [] }), opened);
    const [one = "", other = ""] = await openWallets(runtime, 2);
    for (const amount of [1, 13, 2])
      await accepted(runtime, { aggregateId: one, type: "Deposit", data: { amount } });
    const last = await accepted(runtime, { aggregateId: other, type: "Deposit", data: { amount: 3 } });
    const token = encodeToken([last.point]);
    const rowOf = async (id: string) => (await runtime.queries.row("fragile", id, { filters: [] })).row?.row;
    await eventually(
      () => rowOf(other),
      (row) => JSON.stringify(row) === JSON.stringify({ amounts: [3] }),
    );
    expect(await rowOf(one)).toEqual({ amounts: [1] });
    expect(await runtime.operations.parked()).toMatchObject([
      {
        processor: "fragile",
        sequence: `wallet-${one}`,
        events: 2,
        first: { failure: { message: expect.stringContaining("unlucky") } },
      },
    ]);

    const covered = runtime.queries.row("fragile", one, { filters: [], freshness: { token } });
    await expect(covered).rejects.toMatchObject({ code: "view-parked" });
    const discard = runtime.operations.discardParked("fragile", `wallet-${one}`, 4, "never mind");
    await expect(discard).rejects.toMatchObject({ code: "discard-refused" });

    await runtime.operations.retryParked("fragile", `wallet-${one}`);
    await eventually(
      () => runtime.operations.parked(),
      ([first]) => (first?.first.failure?.attempts ?? 0) > 1,
    );
    broken = false;
    await runtime.operations.retryParked("fragile", `wallet-${one}`);
    await eventually(
      () => runtime.operations.parked(),
      (parked) => parked.length === 0,
    );
    expect(await rowOf(one)).toEqual({ amounts: [1, 13, 2] });
    expect((await runtime.queries.row("fragile", one, { filters: [], freshness: { token } })).fresh).toBe(
      true,
    );
  });

  test("G6: a view that folds several streams stops at an event that it cannot handle, and says so", async () => {
    const opened = await open();
    let broken = true;
    const fragile = view({
      name: "fragile",
      from: [wallet],
      schema: z.object({ count: z.number() }),
      key: () => "all",
      on: {
        Deposited: (row, { data }) => {
          if (broken && data.amount === 13) throw new Error("unlucky");
          return { count: (row?.count ?? 0) + 1 };
        },
      },
    });
    const runtime = await running(walletService({ views: [fragile], policies: [] }), opened);
    const [id = ""] = await openWallets(runtime, 1);
    await accepted(runtime, { aggregateId: id, type: "Deposit", data: { amount: 1 } });
    const bad = await accepted(runtime, { aggregateId: id, type: "Deposit", data: { amount: 13 } });
    await accepted(runtime, { aggregateId: id, type: "Deposit", data: { amount: 2 } });
    const [report] = await eventually(
      () => runtime.operations.processors(),
      ([found]) => found?.status === "stopped",
    );
    expect(report).toMatchObject({
      position: bad.point.position - 1,
      state: { ranges: [{ failure: { position: bad.point.position } }] },
    });
    const asked = runtime.queries.row("fragile", "all", {
      filters: [],
      freshness: { token: encodeToken([bad.point]), waitMs: 20 },
    });
    await expect(asked).rejects.toMatchObject({
      code: "view-parked",
      message: expect.stringContaining("unlucky"),
    });
    expect((await runtime.queries.row("fragile", "all", { filters: [] })).row?.row).toEqual({ count: 1 });
    broken = false;
    await eventually(
      async () => (await runtime.queries.row("fragile", "all", { filters: [] })).row?.row,
      (row) => row?.count === 3,
    );
  });

  test("G6: what fails for a while is tried again and parks nothing", async () => {
    const opened = await open();
    let failures = 7;
    const busy = policy({
      name: "busy",
      from: [wallet],
      on: {
        Deposited: (event) => {
          if (failures-- > 0) throw Object.assign(new Error("busy"), { retryable: true });
          return wallet.commands.AddBonus(event.aggregateId, {});
        },
      },
    });
    const runtime = await running(walletService({ views: [totals], policies: [busy] }), opened);
    const [id = ""] = await openWallets(runtime, 1);
    await deposits(runtime, [id], 3);
    await eventually(
      () => totalRow(runtime, opened),
      (row) => row?.bonuses === 3,
    );
    // What a reaction did shows before its event leaves those that are tried again.
    await eventually(
      () => runtime.operations.parked(),
      (parked) => parked.length === 0,
    );
  });

  test("G6: a policy that fails for good parks the stream, and a discarded event is recorded with its reason", async () => {
    const opened = await open();
    const seen: number[] = [];
    const picky = policy({
      name: "picky",
      from: [wallet],
      on: {
        Deposited: ({ data }) => {
          if (data.amount === 13) throw new Error("unlucky \u0000\ud800");
          seen.push(data.amount);
          return undefined;
        },
      },
    });
    const runtime = await running(walletService({ views: [], policies: [picky] }), opened);
    const [one = "", other = ""] = await openWallets(runtime, 2);
    for (const amount of [1, 13, 2, 3])
      await accepted(runtime, { aggregateId: one, type: "Deposit", data: { amount } });
    await accepted(runtime, { aggregateId: other, type: "Deposit", data: { amount: 4 } });
    const [parked] = await eventually(
      () => runtime.operations.parked(),
      ([found]) => found?.events === 3 && found.first.retryAt === undefined,
    );
    expect(parked?.first.failure).toMatchObject({ attempts: 5, message: "unlucky \ufffd\ufffd" });
    expect([...seen].sort()).toEqual([1, 4]);
    const position = parked?.first.position ?? 0;
    await expect(
      runtime.operations.discardParked("picky", `wallet-${one}`, position + 1, "why"),
    ).rejects.toMatchObject({ code: "parked-not-found" });
    await runtime.operations.discardParked("picky", `wallet-${one}`, position, "agreed with the customer");
    await eventually(
      () => runtime.operations.parked(),
      (found) => found.length === 0,
    );
    expect(seen.filter((amount) => amount !== 4)).toEqual([1, 2, 3]);
    expect(await runtime.operations.discarded("picky")).toMatchObject([
      { position, reason: "agreed with the customer" },
    ]);
  });

  test("an older process stops before an event that only a newer version knows, and loses nothing", async () => {
    const opened = await open();
    const older = await running(walletService({ views: [totals] }), opened);
    const [id = ""] = await openWallets(older, 1);
    await opened.events.append({
      command: { id: "newer", fingerprint: "" },
      appends: [
        {
          stream: `wallet-${id}`,
          expected: 1,
          events: [
            {
              id: "newer.0",
              type: "WalletFrozen",
              data: {},
              schemaVersion: 1,
              metadata: { correlationId: "c", depth: 0 },
              tags: [],
            },
          ],
        },
      ],
    });
    const reports = await eventually(
      () => older.operations.processors(),
      (found) => found.every((report) => report.status === "stopped"),
    );
    for (const { state } of reports)
      expect(state.ranges[0]).toMatchObject({
        checkpoint: { position: 1 },
        failure: { position: 2, code: "event-type-unknown" },
      });
    expect(await older.operations.parked()).toEqual([]);
  });
});
