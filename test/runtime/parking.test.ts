import { policy, view } from "millrace";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { encodeToken } from "../../src/message/token.ts";
import { auditOf, deposits, failing, openWallets } from "./playing.ts";
import { accepted, eventually, places, running } from "./running.ts";
import { totals, wallet, walletService, wallets } from "./wallet-service.ts";

describe.each(places)("parking and retrying on $name", ({ open }) => {
  test("G6: what a policy cannot reach holds up its own stream alone, shows, and goes on once it is there", async () => {
    const opened = await open();
    let unreachable = "";
    const told: string[] = [];
    const tell = policy({
      name: "tell",
      from: [wallet],
      startAt: "beginning",
      on: {
        Deposited: ({ aggregateId, data }) => {
          if (aggregateId === unreachable)
            throw Object.assign(new Error("no route to host"), { retryable: true });
          told.push(`${aggregateId} ${data.amount}`);
          return undefined;
        },
      },
    });
    const runtime = await running(walletService({ views: [], policies: [tell] }), opened);
    const [one = "", other = ""] = await openWallets(runtime, 2);
    unreachable = one;
    for (const aggregateId of [one, other]) {
      for (const amount of [1, 2])
        await accepted(runtime, { aggregateId, type: "Deposit", data: { amount } });
    }
    await eventually(
      () => told.length,
      (count) => count === 2,
    );
    const [report] = await eventually(
      () => runtime.operations.processors(),
      ([found]) => found?.retryingSequences === 1 && found.lag === 0,
    );
    expect(report).toMatchObject({ status: "running", parkedSequences: 0 });
    const [waiting] = await runtime.operations.parked("tell");
    expect(waiting).toMatchObject({ sequence: `wallet-${one}`, events: 2 });
    expect(waiting?.first).toMatchObject({
      failure: { message: "no route to host" },
      retryAt: expect.any(Number),
    });
    unreachable = "";
    await eventually(
      () => runtime.operations.parked("tell"),
      (parked) => parked.length === 0,
    );
    expect(told).toEqual([`${other} 1`, `${other} 2`, `${one} 1`, `${one} 2`]);
  });

  test("G7: a reaction that is repeated with other data counts once, as it was first", async () => {
    const opened = await open();
    let failures = 1;
    const give = policy({
      name: "give",
      from: [wallet],
      startAt: "beginning",
      on: {
        BonusAdded: ({ aggregateId }, { idempotencyKey }) => {
          expect(idempotencyKey).not.toBe("");
          return [
            wallet.commands.Deposit(aggregateId, { amount: failures === 1 ? 1 : 1000 }),
            wallet.commands.Deposit(aggregateId, { amount: 5 }),
          ];
        },
      },
    });
    // Fails after the first command was handled.
    const events = failing(opened.events, ({ appends }) => {
      const [event] = appends.flatMap((append) => append.events);
      return (event?.data as { amount?: number } | undefined)?.amount === 5 && failures-- > 0;
    });
    const service = walletService({ views: [totals], policies: [give] });
    const runtime = await running(service, { ...opened, events });
    const [id = ""] = await openWallets(runtime, 1);
    await accepted(runtime, { aggregateId: id, type: "AddBonus", data: {} });
    const { state } = await eventually(
      () => runtime.commands.load("wallet", id),
      (found) => found.version === 4,
    );
    expect(state).toMatchObject({ balance: 6 });
    await eventually(
      () => runtime.operations.parked("give"),
      (parked) => parked.length === 0,
    );
  });

  test("G6: however many rows are parked, none is passed by a later event", async () => {
    const opened = await open();
    let broken = true;
    const fragile = view({
      name: "fragile",
      from: [wallet],
      schema: z.object({ events: z.number() }),
      on: {
        WalletOpened: () => {
          if (broken) throw new Error("not yet");
          return { events: 1 };
        },
        Deposited: (row) => ({ events: (row?.events ?? 0) + 1 }),
      },
    });
    const runtime = await running(walletService({ views: [fragile], policies: [] }), opened);
    const ids = await openWallets(runtime, 1100);
    await eventually(
      () => runtime.operations.parked("fragile"),
      (parked) => parked.length === ids.length,
    );
    broken = false;
    await deposits(runtime, ids, 1);
    const parked = await eventually(
      () => runtime.operations.parked("fragile"),
      (found) => found.every(({ events }) => events === 2),
    );
    expect(parked.length).toBe(ids.length);
    const last = parked.at(-1)?.sequence ?? "";
    await runtime.operations.retryParked("fragile", last);
    const key = last.slice("wallet-".length);
    const { row } = await eventually(
      () => runtime.queries.row("fragile", key, { filters: [] }),
      (answer) => answer.row !== undefined,
    );
    await eventually(
      () => runtime.queries.row("fragile", key, { filters: [] }),
      (answer) => answer.row?.row.events === 2,
    );
    expect(row?.row.events).toBeLessThanOrEqual(2);
  });

  test("G8: a token is not answered while any event that it covers is parked", async () => {
    const opened = await open();
    const fragile = view({
      name: "fragile",
      from: [wallet],
      schema: z.object({}),
      on: {
        WalletOpened: () => ({}),
        Deposited: () => {
          throw new Error("never");
        },
      },
    });
    const runtime = await running(walletService({ views: [fragile], policies: [] }), opened);
    for (const id of ["a", "b"])
      await accepted(runtime, { aggregateId: id, type: "OpenWallet", data: { owner: id } });
    // The first of them by name is the last to be parked.
    const covered = await accepted(runtime, { aggregateId: "b", type: "Deposit", data: { amount: 1 } });
    await accepted(runtime, { aggregateId: "a", type: "Deposit", data: { amount: 1 } });
    await eventually(
      () => runtime.operations.parked("fragile"),
      (parked) => parked.length === 2,
    );
    const freshness = { token: encodeToken([covered.point]) };
    const asked = runtime.queries.rows("fragile", { filters: [], limit: 10, freshness });
    await expect(asked).rejects.toMatchObject({ code: "view-parked", data: { sequence: "wallet-b" } });
  });

  test("G6: a row that no store can hold parks alone, and stops a view that folds several streams", async () => {
    const opened = await open();
    const cut = view({
      name: "cut",
      from: [wallet],
      schema: z.object({ start: z.string() }),
      on: { WalletOpened: (_row, { data }) => ({ start: data.owner.slice(0, 3) }) },
    });
    const all = view({
      name: "all",
      from: [wallet],
      schema: z.object({ start: z.string() }),
      key: ({ data }) => ("owner" in data ? data.owner.slice(0, 3) : ""),
      on: { WalletOpened: (_row, { data }) => ({ start: data.owner }) },
    });
    const runtime = await running(walletService({ views: [cut, all], policies: [] }), opened);
    for (const owner of ["ann", "bo😀", "cyd"])
      await accepted(runtime, { aggregateId: owner.slice(0, 2), type: "OpenWallet", data: { owner } });
    await eventually(
      () => runtime.operations.parked("cut"),
      ([parked]) => parked?.first.failure?.code === "text-refused",
    );
    const { rows } = await eventually(
      () => runtime.queries.rows("cut", { filters: [], limit: 10 }),
      (answer) => answer.rows.length === 2,
    );
    expect(rows.map(({ key }) => key)).toEqual(["an", "cy"]);
    await eventually(
      () => runtime.operations.processors(),
      (reports) =>
        reports.some(
          ({ name, status, position, state }) =>
            name === "all" &&
            status === "stopped" &&
            position === 1 &&
            state.ranges[0]?.failure?.code === "text-refused",
        ),
    );
  });

  test("G10: an audit passes over parked rows and goes on", async () => {
    const opened = await open();
    const fragile = view({
      name: "fragile",
      from: [wallet],
      schema: z.object({ balance: z.number() }),
      on: {
        WalletOpened: () => ({ balance: 0 }),
        Deposited: (row, { data }) => {
          if (data.amount === 13) throw new Error("unlucky");
          return { balance: (row?.balance ?? 0) + data.amount };
        },
      },
    });
    const runtime = await running(walletService({ views: [fragile, wallets], policies: [] }), opened);
    const [one = "", other = ""] = await openWallets(runtime, 2);
    for (const amount of [13, 1])
      await accepted(runtime, { aggregateId: one, type: "Deposit", data: { amount } });
    await accepted(runtime, { aggregateId: other, type: "Deposit", data: { amount: 2 } });
    await eventually(
      () => runtime.operations.processors(),
      (reports) => reports.every(({ lag }) => lag === 0),
    );
    const reports = await auditOf(runtime);
    expect(reports.map(({ subject, compared, differences }) => [subject, compared, differences])).toEqual([
      ["view fragile", 2, []],
      ["view wallets", 2, []],
    ]);
  });

  test("live changes tell of a row that was mended, also whoever was away meanwhile", async () => {
    const opened = await open();
    let broken = true;
    const fragile = view({
      name: "fragile",
      from: [wallet],
      schema: z.object({ balance: z.number() }),
      on: {
        WalletOpened: () => ({ balance: 0 }),
        Deposited: (row, { data }) => {
          if (broken) throw new Error("not yet");
          return { balance: (row?.balance ?? 0) + data.amount };
        },
      },
    });
    const runtime = await running(walletService({ views: [fragile], policies: [] }), opened);
    const [id = ""] = await openWallets(runtime, 1);
    await accepted(runtime, { aggregateId: id, type: "Deposit", data: { amount: 5 } });
    await eventually(
      () => runtime.operations.parked("fragile"),
      (parked) => parked.length === 1,
    );
    const stop = new AbortController();
    const follow = async (after: Parameters<typeof runtime.queries.changes>[1]["after"]) => {
      const request = { filters: [], signal: stop.signal, ...(after === undefined ? {} : { after }) };
      return runtime.queries.changes("fragile", request)[Symbol.asyncIterator]();
    };
    const present = await follow(undefined);
    const begun = await present.next();
    const away = begun.value?.point;
    broken = false;
    await runtime.operations.retryParked("fragile", `wallet-${id}`);
    expect((await present.next()).value?.rows).toMatchObject([{ key: id, row: { row: { balance: 5 } } }]);
    const resumed = await follow(away);
    await resumed.next();
    expect((await resumed.next()).value?.rows).toMatchObject([{ key: id, row: { row: { balance: 5 } } }]);
    stop.abort();
    await Promise.all([present.return?.(undefined), resumed.return?.(undefined)]);
  });
});
