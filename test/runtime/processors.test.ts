import { aggregate, policy, service, view } from "millrace";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { encodeToken } from "../../src/message/token.ts";
import type { Progress, StateStore } from "../../src/ports/state-store.ts";
import type { AuditReport, Runtime } from "../../src/runtime/runtime.ts";
import { startService } from "../../src/runtime/start-service.ts";
import { accepted, eventually, hastyClock, running, type Stores, stores, tokenOfHead } from "./running.ts";
import { totals, wallet, walletService, wallets } from "./wallet-service.ts";

const noFilters = { filters: [], limit: 1000 };

async function openWallets(runtime: Runtime, count: number): Promise<readonly string[]> {
  const opened = await Promise.all(
    Array.from({ length: count }, (_, index) =>
      accepted(runtime, { type: "OpenWallet", data: { owner: `owner-${index}` } }),
    ),
  );
  return opened.map(({ aggregateId }) => aggregateId);
}

async function deposits(runtime: Runtime, ids: readonly string[], each: number): Promise<void> {
  await Promise.all(
    ids.flatMap((aggregateId) =>
      Array.from({ length: each }, () =>
        accepted(runtime, { aggregateId, type: "Deposit", data: { amount: 1 } }),
      ),
    ),
  );
}

async function caughtUp(runtime: Runtime): Promise<void> {
  await eventually(
    () => runtime.operations.processors(),
    (reports) => reports.every(({ lag, kind }) => kind === "policy" || lag === 0),
  );
}

async function totalRow(runtime: Runtime, opened: Stores) {
  return (
    await runtime.queries.row("totals", "all", {
      filters: [],
      freshness: { token: await tokenOfHead(opened), waitMs: 10_000 },
    })
  ).row?.row;
}

async function auditOf(runtime: Runtime): Promise<readonly AuditReport[]> {
  const reports: AuditReport[] = [];
  for await (const report of runtime.operations.audit({ sample: 1 })) if (report.done) reports.push(report);
  return reports;
}

/** A state store that lets a test hold a commit back. */
function holding(state: StateStore, hold: (progress: Progress) => Promise<void>): StateStore {
  return new Proxy(state, {
    get(target, name) {
      const value = Reflect.get(target, name) as unknown;
      if (name === "commitProgress") {
        return async (progress: Progress) => {
          await hold(progress);
          return target.commitProgress(progress);
        };
      }
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

describe.each(stores)("processing events on $name", ({ open }) => {
  test("G5, G7: with several processes at work every event takes effect once in each view and reaction", async () => {
    const opened = await open();
    const runtimes = await Promise.all(
      [1, 2, 3].map(() => running(walletService(), opened, { leaseMs: 60 })),
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
      clock: hastyClock,
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
    expect(await runtime.operations.parked()).toEqual([]);
  });

  test("G6: a policy that fails for good parks the stream, and a discarded event is recorded with its reason", async () => {
    const opened = await open();
    const seen: number[] = [];
    const picky = policy({
      name: "picky",
      from: [wallet],
      on: {
        Deposited: ({ data }) => {
          if (data.amount === 13) throw new Error("unlucky");
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
      ([found]) => found?.events === 3,
    );
    expect(parked?.first.failure).toMatchObject({ attempts: 5, message: "unlucky" });
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

async function openMore(runtime: Runtime, count: number): Promise<void> {
  for (let index = 0; index < count; index++) {
    await accepted(runtime, { type: "OpenWallet", data: { owner: `later-${index}-${Math.random()}` } });
  }
}

// Declarations that a service refuses.
test("a view may not read an aggregate of another service", () => {
  const stranger = aggregate({
    name: "stranger",
    collection: "strangers",
    state: z.discriminatedUnion("status", [z.object({ status: z.literal("NONE") })]),
    initialState: { status: "NONE" },
    events: { Met: z.object({}) },
    commands: { Meet: z.object({}) },
    decide: { Meet: () => [{ type: "Met", data: {} }] },
    evolve: { Met: (state) => state },
  });
  const views = [
    view({ name: "strangers", from: [stranger], schema: z.object({}), on: { Met: () => ({}) } }),
  ];
  expect(() => service({ name: "s", aggregates: [wallet], views })).toThrow(/not an aggregate of service s/);
});
