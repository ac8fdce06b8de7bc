import { view } from "millrace";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { encodeToken } from "../../src/message/token.ts";
import {
  auditOf,
  caughtUp,
  deposits,
  holding,
  noFilters,
  openMore,
  openWallets,
  totalRow,
} from "./playing.ts";
import { accepted, eventually, running, stores, tokenOfHead } from "./running.ts";
import { wallet, walletService, wallets } from "./wallet-service.ts";

describe.each(stores)("views on $name", ({ open }) => {
  test("G8: a query with the token of a command includes it, in this process and in another", async () => {
    const opened = await open();
    const commands = await running(walletService(), opened, { roles: ["command"] });
    const queries = await running(walletService(), opened, { roles: ["query"] });
    await running(walletService(), opened, { roles: ["processor"] });
    for (let round = 0; round < 20; round++) {
      const { aggregateId, point } = await accepted(commands, {
        type: "OpenWallet",
        data: { owner: `o${round}` },
      });
      const freshness = { token: encodeToken([point]), waitMs: 10_000 };
      const { row } = await queries.queries.row("wallets", aggregateId, { filters: [], freshness });
      expect(row?.row).toMatchObject({ owner: `o${round}` });
    }
  });

  test("G8: a view that lags says so within the time allowed, or answers with what it has when asked to", async () => {
    const opened = await open();
    const runtime = await running(walletService(), opened);
    await openWallets(runtime, 1);
    await caughtUp(runtime);
    await runtime.operations.pause("wallets");
    await eventually(
      () => runtime.operations.processors(),
      ([report]) => report?.status === "paused",
    );
    await openMore(runtime, 1);
    const freshness = { token: await tokenOfHead(opened), waitMs: 1 };
    await eventually(
      () =>
        runtime.queries.rows("wallets", { ...noFilters, freshness }).then(
          () => "answered",
          (error) => error.code,
        ),
      (found) => found === "view-lagging",
    );
    const lenient = await runtime.queries.rows("wallets", {
      ...noFilters,
      freshness: { ...freshness, lenient: true },
    });
    expect(lenient.fresh).toBe(false);
    await runtime.operations.resume("wallets");
    expect(
      (await runtime.queries.rows("wallets", { ...noFilters, freshness: { ...freshness, waitMs: 10_000 } }))
        .rows,
    ).toHaveLength(2);
  });

  test("G8: a token of another log, of an event that is not there, or of nobody, is refused", async () => {
    const opened = await open();
    const runtime = await running(walletService(), opened);
    await openWallets(runtime, 1);
    const head = await opened.events.head();
    const asked = (token: string) => runtime.queries.rows("wallets", { ...noFilters, freshness: { token } });
    for (const wrong of [{ logId: "other" }, { eventId: "other" }, { position: 2 }]) {
      await expect(asked(encodeToken([{ ...head, ...wrong }]))).rejects.toMatchObject({
        code: "log-diverged",
      });
    }
    await expect(asked("nonsense")).rejects.toMatchObject({ code: "token-invalid" });
    expect((await asked(encodeToken([head]))).rows).toHaveLength(1);
  });

  test("G9: a view is rebuilt beside the old one, which answers all the while, and the switch never goes back", async () => {
    const opened = await open();
    const runtime = await running(walletService({ policies: [] }), opened);
    const ids = await openWallets(runtime, 30);
    await deposits(runtime, ids, 10);
    await caughtUp(runtime);
    await runtime.operations.rebuild("wallets");
    let seen = 0;
    for (let round = 0; round < 1000; round++) {
      // Lets timers and the other work of the process have their turn: the memory store never waits for a disk.
      await new Promise((resolve) => setImmediate(resolve));
      await accepted(runtime, { aggregateId: ids[0] ?? "", type: "Deposit", data: { amount: 1 } });
      const row = (await runtime.queries.row("wallets", ids[0] ?? "", { filters: [] })).row?.row;
      expect(row?.balance).toBeGreaterThanOrEqual(seen);
      seen = Number(row?.balance);
      const [report] = await runtime.operations.processors();
      if (report?.tables?.length === 1 && report.tables[0]?.generation === 2) break;
    }
    expect((await runtime.operations.processors())[0]?.tables).toMatchObject([
      { generation: 2, serving: true },
    ]);
    await caughtUp(runtime);
    for (const report of await auditOf(runtime)) expect(report.differences).toEqual([]);
  });

  test("G9: however far behind the next generation is held, the old one serves until it has caught up", async () => {
    const opened = await open();
    let release: (() => void) | undefined;
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    const state = holding(opened.state, async ({ processor }) => {
      if (processor === "view:wallets@1.2") await released;
    });
    const runtime = await running(walletService({ views: [wallets], policies: [] }), { ...opened, state });
    await openWallets(runtime, 20);
    await caughtUp(runtime);
    await runtime.operations.rebuild("wallets");
    // The old one is fenced off, so that it stands still, and serves all the same.
    await eventually(
      () => runtime.operations.processors(),
      ([report]) => report?.status === "paused",
    );
    expect((await runtime.queries.rows("wallets", noFilters)).rows).toHaveLength(20);
    expect((await runtime.operations.processors())[0]?.tables).toMatchObject([
      { generation: 1, serving: true },
      { generation: 2 },
    ]);
    release?.();
    await eventually(
      () => runtime.operations.processors(),
      ([report]) => report?.tables?.length === 1 && report.tables[0]?.generation === 2,
    );
    expect((await runtime.queries.rows("wallets", noFilters)).rows).toHaveLength(20);
  });

  test("G9: a new version of a view is built from the log; until it is, it says so; the old table goes", async () => {
    const opened = await open();
    const before = await running(walletService({ views: [wallets], policies: [] }), opened);
    await openWallets(before, 10);
    await caughtUp(before);
    await before.stop();
    const next = view({
      name: "wallets",
      version: 2,
      from: [wallet],
      schema: z.object({ owner: z.string() }),
      on: { WalletOpened: (_row, { data }) => data },
    });
    const queries = await running(walletService({ views: [next], policies: [] }), opened, {
      roles: ["query"],
    });
    await expect(queries.queries.rows("wallets", noFilters)).rejects.toMatchObject({ code: "view-building" });
    expect((await queries.operations.health()).ready).toBe(false);
    // Who only takes commands needs no view for that.
    const commands = await running(walletService({ views: [next], policies: [] }), opened, {
      roles: ["command"],
    });
    expect((await commands.operations.health()).ready).toBe(true);
    await running(walletService({ views: [next], policies: [] }), opened);
    await eventually(
      () => queries.operations.health(),
      ({ ready }) => ready,
    );
    expect((await queries.queries.rows("wallets", noFilters)).rows).toHaveLength(10);
    await eventually(
      () => opened.state.listTables(),
      (tables) => tables.every((table) => table.version === 2),
    );
  });

  test("G9: the table of an old version stays for who reads it, and goes with him", async () => {
    const opened = await open();
    const old = walletService({ views: [wallets], policies: [] });
    const before = await running(old, opened);
    await openWallets(before, 3);
    await caughtUp(before);
    const reader = await running(old, opened, { roles: ["query"] });
    await before.stop();
    const next = view({
      name: "wallets",
      version: 2,
      from: [wallet],
      schema: z.object({ owner: z.string() }),
      on: { WalletOpened: (_row, { data }) => data },
    });
    const { state } = opened;
    const dropped: boolean[] = [];
    const watched = new Proxy(state, {
      get(target, name) {
        const value = Reflect.get(target, name) as unknown;
        if (name !== "dropTable") return typeof value === "function" ? value.bind(target) : value;
        return async (...args: Parameters<typeof state.dropTable>) => {
          const gone = await target.dropTable(...args);
          dropped.push(gone);
          return gone;
        };
      },
    });
    await running(walletService({ views: [next], policies: [] }), { ...opened, state: watched });
    await eventually(
      () => dropped,
      ({ length }) => length >= 3,
    );
    expect(dropped).not.toContain(true);
    expect((await reader.queries.rows("wallets", noFilters)).rows).toHaveLength(3);
    await reader.stop();
    await eventually(
      () => state.listTables(),
      (tables) => tables.every((table) => table.version === 2),
    );
  });

  test("G10: rows that are wrong, missing or too many are found by the audit", async () => {
    const opened = await open();
    const runtime = await running(walletService({ policies: [] }), opened);
    const [changed = "", gone = ""] = await openWallets(runtime, 5);
    await caughtUp(runtime);
    await runtime.stop();
    const [table] = (await opened.state.listTables()).filter(({ view: name }) => name === "wallets");
    const processor = "view:wallets@1.1";
    const state = await opened.state.updateProcessor(processor, (found) => ({
      ...found,
      ranges: found.ranges.map((range) => ({ ...range, owner: "vandal", epoch: range.epoch + 1 })),
    }));
    const [range] = state.ranges;
    if (table === undefined || range === undefined) throw new Error("nothing to tamper with");
    await opened.state.commitProgress({
      processor,
      range: { from: range.from, to: range.to, epoch: range.epoch, owner: "vandal" },
      checkpoint: range.checkpoint,
      rows: {
        table,
        changes: [
          { key: changed, row: { owner: "x", balance: 1, bonuses: 0, open: true }, position: 1 },
          { key: gone, row: undefined, position: 1 },
          { key: "extra", row: { owner: "x", balance: 1, bonuses: 0, open: true }, position: 1 },
        ],
      },
    });
    const [report] = await auditOf(runtime);
    expect(report?.differences.map(({ key }) => key).sort()).toEqual([changed, gone, "extra"].sort());
  });

  test("live changes tell every touched row as it is, also after a resume, and what is gone", async () => {
    const opened = await open();
    const openOnly = [{ field: "open", op: "eq", value: true }] as const;
    const runtime = await running(walletService({ policies: [] }), opened);
    const start = await opened.events.head();
    const ids = await openWallets(runtime, 3);
    const seen = new Map<string, unknown>();
    let point = start;
    const follow = async (until: (rows: Map<string, unknown>) => boolean) => {
      const stop = new AbortController();
      for await (const step of runtime.queries.changes("wallets", {
        after: point,
        filters: openOnly,
        signal: stop.signal,
      })) {
        for (const { key, row } of step.rows) seen.set(key, row?.row);
        point = step.point;
        if (until(seen)) stop.abort();
      }
    };
    await follow((rows) => rows.size === 3);
    await accepted(runtime, { aggregateId: ids[0] ?? "", type: "CloseWallet", data: {} });
    await accepted(runtime, { aggregateId: ids[1] ?? "", type: "Deposit", data: { amount: 5 } });
    await follow(
      (rows) =>
        rows.get(ids[0] ?? "") === undefined && (rows.get(ids[1] ?? "") as { balance: number }).balance === 5,
    );
    expect(seen.get(ids[0] ?? "")).toBeUndefined();
  });

  test("stopping gives the work back, so that the next process goes on at once", async () => {
    const opened = await open();
    const before = await running(walletService(), opened, { leaseMs: 600_000 });
    const ids = await openWallets(before, 2);
    await before.stop();
    const after = await running(walletService(), opened, { leaseMs: 600_000 });
    await deposits(after, ids, 1);
    expect(await totalRow(after, opened)).toMatchObject({ wallets: 2, balance: 2 });
  });
});
