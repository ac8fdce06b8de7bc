import { aggregate, refuse, service, shape, view } from "millrace";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { systemClock } from "../../src/ports/clock.ts";
import { accepted, running, stores } from "./running.ts";
import { walletService } from "./wallet-service.ts";

const commandSide = { roles: ["command"] } as const;

describe.each(stores)("handling commands on $name", ({ open }) => {
  test("G2: commands of several processes on one aggregate all take effect, each on the latest state", async () => {
    const opened = await open();
    const patient = { ...commandSide, clock: systemClock };
    const runtimes = await Promise.all([1, 2, 3, 4].map(() => running(walletService(), opened, patient)));
    const [first] = runtimes;
    if (first === undefined) throw new Error("no runtime");
    const { aggregateId } = await accepted(first, { type: "OpenWallet", data: { owner: "ann" } });
    await Promise.all(
      Array.from({ length: 80 }, (_, index) =>
        accepted(runtimes[index % 4] ?? first, { aggregateId, type: "Deposit", data: { amount: 1 } }),
      ),
    );
    const { state, version } = await first.commands.load("wallet", aggregateId);
    expect({ state, version }).toMatchObject({ state: { balance: 80 }, version: 81 });
    const history = await first.commands.history("wallet", aggregateId, { from: 1, limit: 100 });
    expect(history.map((event) => event.version)).toEqual(
      Array.from({ length: 81 }, (_, index) => index + 1),
    );
  });

  test("a refusal is never given on a state that another process has changed since", async () => {
    const opened = await open();
    const runtimes = [
      await running(walletService(), opened, commandSide),
      await running(walletService(), opened, commandSide),
    ] as const;
    const { aggregateId } = await accepted(runtimes[0], { type: "OpenWallet", data: { owner: "ann" } });
    await accepted(runtimes[1], { aggregateId, type: "CloseWallet", data: {} });
    // The first process still remembers the wallet as open: closing would be a command with an event.
    const closedAgain = await accepted(runtimes[0], { aggregateId, type: "CloseWallet", data: {} });
    expect(closedAgain.events).toEqual([]);
    const deposit = await runtimes[0].commands.handle({
      aggregate: "wallet",
      aggregateId,
      type: "Deposit",
      data: { amount: 1 },
    });
    expect(deposit).toMatchObject({ status: "refused", code: "wallet-closed" });
  });

  test("what is unique has one winner among a hundred at once, over several processes", async () => {
    const opened = await open();
    const runtimes = [
      await running(walletService(), opened, commandSide),
      await running(walletService(), opened, commandSide),
    ] as const;
    const outcomes = await Promise.all(
      Array.from({ length: 100 }, (_, index) =>
        runtimes[index % 2 === 0 ? 0 : 1].commands.handle({
          aggregate: "wallet",
          type: "OpenWallet",
          data: { owner: "ann" },
        }),
      ),
    );
    expect(outcomes.filter((outcome) => outcome.status === "accepted")).toHaveLength(1);
    expect(
      outcomes.filter((outcome) => outcome.status === "refused" && outcome.code === "owner-has-a-wallet"),
    ).toHaveLength(99);
    expect((await opened.events.head()).position).toBe(1);
  });

  test("a required version that is not met is said, with both, and nothing is tried", async () => {
    const runtime = await running(walletService(), await open(), commandSide);
    const { aggregateId } = await accepted(runtime, { type: "OpenWallet", data: { owner: "ann" } });
    const deposit = accepted(runtime, {
      aggregateId,
      type: "Deposit",
      data: { amount: 1 },
      expectedVersion: 7,
    });
    await expect(deposit).rejects.toMatchObject({
      code: "version-mismatch",
      data: { expected: 7, actual: 1 },
    });
    const done = await accepted(runtime, {
      aggregateId,
      type: "Deposit",
      data: { amount: 1 },
      expectedVersion: 1,
    });
    expect(done.version).toBe(2);
  });

  test("G11: a bug in decide is reported as one and changes nothing", async () => {
    const opened = await open();
    const runtime = await running(walletService(), opened, commandSide);
    const { aggregateId } = await accepted(runtime, { type: "OpenWallet", data: { owner: "ann" } });
    const misbehaving = accepted(runtime, { aggregateId, type: "Misbehave", data: {} });
    await expect(misbehaving).rejects.toMatchObject({
      code: "domain-threw",
      message: expect.stringContaining("a bug in decide"),
    });
    expect((await opened.events.head()).position).toBe(1);
  });

  test("G11: text that not every store can hold is refused and changes nothing", async () => {
    const opened = await open();
    const runtime = await running(walletService(), opened, commandSide);
    for (const owner of ["a\u0000b", "a\ud800b"]) {
      await expect(accepted(runtime, { type: "OpenWallet", data: { owner } })).rejects.toMatchObject({
        code: "text-refused",
      });
    }
    expect((await opened.events.head()).position).toBe(0);
  });

  test("commands on what does not exist, and unfit data, are told apart", async () => {
    const runtime = await running(walletService(), await open(), commandSide);
    const command = { aggregateId: "nobody", type: "Deposit", data: { amount: 1 } };
    await expect(accepted(runtime, command)).rejects.toMatchObject({ code: "aggregate-not-found" });
    await expect(accepted(runtime, { ...command, data: { amount: "1" } })).rejects.toMatchObject({
      code: "data-invalid",
    });
    await expect(accepted(runtime, { ...command, type: "Withdraw" })).rejects.toMatchObject({
      code: "command-unknown",
    });
    await expect(accepted(runtime, { ...command, aggregateId: "a/b" })).rejects.toMatchObject({
      code: "request-malformed",
    });
  });

  test("an aggregate can be seen as it was at a version", async () => {
    const runtime = await running(walletService(), await open(), commandSide);
    const { aggregateId } = await accepted(runtime, { type: "OpenWallet", data: { owner: "ann" } });
    for (let amount = 1; amount <= 12; amount++)
      await accepted(runtime, { aggregateId, type: "Deposit", data: { amount } });
    const at = async (version: number) =>
      (await runtime.commands.load("wallet", aggregateId, { version })).state;
    expect([await at(1), await at(4), await at(13)]).toMatchObject([
      { balance: 0 },
      { balance: 6 },
      { balance: 78 },
    ]);
    await expect(at(14)).rejects.toMatchObject({ code: "version-not-found" });
  });

  test("a snapshot of the same state version is where loading starts, and no other is", async () => {
    const opened = await open();
    const first = await running(walletService(), opened, commandSide);
    const { aggregateId } = await accepted(first, { type: "OpenWallet", data: { owner: "ann" } });
    for (let amount = 1; amount <= 12; amount++)
      await accepted(first, { aggregateId, type: "Deposit", data: { amount } });
    await first.stop();
    const snapshot = await opened.state.loadSnapshot(`wallet-${aggregateId}`, 1);
    expect(snapshot?.version).toBe(10);
    const next = await running(walletService(), opened, commandSide);
    expect((await next.commands.load("wallet", aggregateId)).state).toMatchObject({ balance: 78 });
    const state = { status: "OPEN", owner: "ann", balance: 1000, bonuses: 0 };
    await opened.state.saveSnapshot({ stream: `wallet-${aggregateId}`, stateVersion: 2, version: 13, state });
    const last = await running(walletService(), opened, commandSide);
    expect((await last.commands.load("wallet", aggregateId)).state).toMatchObject({ balance: 78 });
  });

  test("an event that only a newer version knows is never passed over when loading", async () => {
    const opened = await open();
    const older = await running(walletService(), opened, commandSide);
    const { aggregateId } = await accepted(older, { type: "OpenWallet", data: { owner: "ann" } });
    await opened.events.append({
      command: { id: "newer", fingerprint: "" },
      appends: [
        {
          stream: `wallet-${aggregateId}`,
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
    const deposit = accepted(older, { aggregateId, type: "Deposit", data: { amount: 1 } });
    await expect(deposit).rejects.toMatchObject({ code: "event-type-unknown", retryable: true });
  });

  test("a runaway loop of causes ends with a clear error", async () => {
    const runtime = await running(walletService(), await open(), commandSide);
    const tooDeep = accepted(runtime, {
      type: "OpenWallet",
      data: { owner: "ann" },
      metadata: { depth: 101 },
    });
    await expect(tooDeep).rejects.toMatchObject({
      code: "causation-too-deep",
      data: { depth: 101, maxDepth: 100 },
    });
  });
});

test("a service over a state without a schema runs too", async () => {
  const door = aggregate({
    name: "door",
    collection: "doors",
    state: shape<{ status: "CLOSED" } | { status: "OPEN" }>(),
    initialState: { status: "CLOSED" },
    events: { DoorOpened: z.object({}) },
    commands: { OpenDoor: z.object({}) },
    decide: {
      OpenDoor: (_command, state, { DoorOpened }) =>
        state.status === "CLOSED" ? [DoorOpened({})] : refuse("door-open", "The door is OPEN."),
    },
    evolve: { DoorOpened: () => ({ status: "OPEN" }) },
  });
  const doors = view({
    name: "doors",
    from: [door],
    schema: z.object({ open: z.boolean() }),
    on: { DoorOpened: () => ({ open: true }) },
  });
  const memory = stores[0];
  if (memory === undefined) throw new Error("no memory store");
  const runtime = await running(
    service({ name: "doors", aggregates: [door], views: [doors] }),
    await memory.open(),
  );
  const command = { aggregate: "door", aggregateId: "front", type: "OpenDoor", data: {} };
  expect(await runtime.commands.handle(command)).toMatchObject({ status: "accepted", version: 1 });
  expect(await runtime.commands.handle(command)).toMatchObject({ status: "refused", code: "door-open" });
});
