import { aggregate, refuse, service, shape } from "millrace";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import type { EventStore } from "../../src/ports/event-store.ts";
import type { Accepted } from "../../src/runtime/runtime.ts";
import { accepted, running, stores } from "./running.ts";
import { walletService } from "./wallet-service.ts";

/** Pressing it does what its state makes of that. */
const lamp = aggregate({
  name: "lamp",
  collection: "lamps",
  state: shape<{ status: "NONE" } | { status: "OFF" } | { status: "ON" }>(),
  initialState: { status: "NONE" },
  events: { Plugged: z.object({}), SwitchedOn: z.object({}), SwitchedOff: z.object({}) },
  commands: { Plug: z.object({}), SwitchOn: z.object({}), SwitchOff: z.object({}) },
  creates: "Plug",
  begins: "Plugged",
  decide: {
    Plug: (_command, _state, { Plugged }) => [Plugged({})],
    SwitchOn: (_command, _state, { SwitchedOn }) => [SwitchedOn({})],
    SwitchOff: (_command, _state, { SwitchedOff }) => [SwitchedOff({})],
  },
  evolve: {
    Plugged: () => ({ status: "OFF" }),
    SwitchedOn: () => ({ status: "ON" }),
    SwitchedOff: () => ({ status: "OFF" }),
  },
  acceptsEvents: {
    schema: z.object({ times: z.number() }),
    toCommand: ({ times }, state) => {
      if (state.status === "OFF" && times > 1) return refuse("too-fast", "Once is enough.");
      return { type: state.status === "OFF" ? "SwitchOn" : "SwitchOff", data: {} };
    },
  },
});

/** A log in which something happens each time after somebody looked for a command. */
function overtaken(events: EventStore, meanwhile: () => Promise<void>): EventStore {
  return new Proxy(events, {
    get(target, name) {
      if (name === "findCommand") {
        return async (commandId: string) => {
          const found = await target.findCommand(commandId);
          await meanwhile();
          return found;
        };
      }
      const value = Reflect.get(target, name) as unknown;
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

const commandSide = { roles: ["command"] } as const;

describe.each(stores)("idempotency keys on $name", ({ open }) => {
  test("G4: the same key gives the first result again, and nothing happens twice", async () => {
    const opened = await open();
    const runtime = await running(walletService(), opened, commandSide);
    const first = await accepted(runtime, {
      type: "OpenWallet",
      data: { owner: "ann" },
      idempotencyKey: "k1",
    });
    const again = await accepted(runtime, {
      type: "OpenWallet",
      data: { owner: "ann" },
      idempotencyKey: "k1",
    });
    expect(again).toEqual({ ...first, repeated: true });
    expect((await opened.events.head()).position).toBe(1);
  });

  test("G4: the same key at the same time in two processes has one result", async () => {
    const opened = await open();
    const one = await running(walletService(), opened, commandSide);
    const other = await running(walletService(), opened, commandSide);
    const { aggregateId } = await accepted(one, { type: "OpenWallet", data: { owner: "ann" } });
    const deposit = { aggregateId, type: "Deposit", data: { amount: 1 }, idempotencyKey: "k" };
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, (_, index) => accepted(index % 2 === 0 ? one : other, deposit)),
    );
    expect(outcomes.filter((outcome) => !outcome.repeated)).toHaveLength(1);
    expect(new Set(outcomes.map((outcome) => outcome.point.position)).size).toBe(1);
    expect((await one.commands.load("wallet", aggregateId)).state).toMatchObject({ balance: 1 });
  });

  test("G4: a repeat that another process gets ahead of has the first result, whatever it required", async () => {
    const opened = await open();
    const one = await running(walletService(), opened, commandSide);
    const wallet = { aggregateId: "anns" };
    for (const request of [
      { ...wallet, type: "OpenWallet", data: { owner: "ann" }, idempotencyKey: "open" },
      { ...wallet, type: "Deposit", data: { amount: 1 }, idempotencyKey: "pay", expectedVersion: 1 },
    ]) {
      let first: Accepted | undefined;
      const events = overtaken(opened.events, async () => {
        first ??= await accepted(one, request);
      });
      const other = await running(walletService(), { ...opened, events }, commandSide);
      expect(await accepted(other, request)).toEqual({ ...first, repeated: true });
    }
    expect((await opened.events.head()).position).toBe(2);
  });

  test("G4: a refusal is repeated even when the state would allow the command by now", async () => {
    const runtime = await running(walletService(), await open(), commandSide);
    await accepted(runtime, { type: "OpenWallet", data: { owner: "ann" } });
    const again = { aggregate: "wallet", type: "OpenWallet", data: { owner: "ann" }, idempotencyKey: "k" };
    const first = await runtime.commands.handle(again);
    expect(first).toMatchObject({ status: "refused", code: "owner-has-a-wallet", repeated: false });
    expect(await runtime.commands.handle(again)).toEqual({ ...first, repeated: true });
  });

  test("G4: a command that had nothing to do is repeated as that, and its key means no other", async () => {
    const opened = await open();
    const runtime = await running(walletService(), opened, commandSide);
    const { aggregateId } = await accepted(runtime, { type: "OpenWallet", data: { owner: "ann" } });
    await accepted(runtime, { aggregateId, type: "CloseWallet", data: {} });
    const again = { aggregateId, type: "CloseWallet", data: {}, idempotencyKey: "k1" };
    const first = await accepted(runtime, again);
    expect(first).toMatchObject({ repeated: false, events: [], version: 2, state: { status: "CLOSED" } });
    expect(await accepted(runtime, again)).toEqual({ ...first, repeated: true });
    const other = accepted(runtime, { ...again, type: "Deposit", data: { amount: 1 } });
    await expect(other).rejects.toMatchObject({ code: "command-id-reused" });
    expect((await opened.events.head()).position).toBe(2);
  });

  test("G4: an event-shaped request has its first result for good, whatever the state would make of it by now", async () => {
    const opened = await open();
    const runtime = await running(service({ name: "lamps", aggregates: [lamp] }), opened, commandSide);
    const lampOf = { aggregate: "lamp", aggregateId: "desk" };
    const press = (idempotencyKey: string, times = 1) =>
      runtime.commands.handleEvent({ ...lampOf, body: { times }, idempotencyKey });
    await runtime.commands.handle({ ...lampOf, type: "Plug", data: {} });
    const first = await press("on");
    expect(first).toMatchObject({ status: "accepted", repeated: false, state: { status: "ON" } });
    expect(await press("on")).toEqual({ ...first, repeated: true });
    const off = await press("off");
    expect(off).toMatchObject({ repeated: false, state: { status: "OFF" } });
    const tooMuch = await press("much", 9);
    expect(tooMuch).toMatchObject({ status: "refused", code: "too-fast", repeated: false });
    await press("on again");
    expect(await press("much", 9)).toEqual({ ...tooMuch, repeated: true });
    expect(await press("on")).toEqual({ ...first, repeated: true });
    await expect(press("on", 2)).rejects.toMatchObject({ code: "command-id-reused" });
    const missing = runtime.commands.handleEvent({ ...lampOf, aggregateId: "none", body: { times: 1 } });
    await expect(missing).rejects.toMatchObject({ code: "aggregate-not-found" });
  });

  test("G4: the same key for another command is an error and changes nothing", async () => {
    const opened = await open();
    const runtime = await running(walletService(), opened, commandSide);
    await accepted(runtime, { type: "OpenWallet", data: { owner: "ann" }, idempotencyKey: "k" });
    const other = accepted(runtime, { type: "OpenWallet", data: { owner: "bob" }, idempotencyKey: "k" });
    await expect(other).rejects.toMatchObject({ code: "command-id-reused" });
    expect((await opened.events.head()).position).toBe(1);
  });

  test("G4: keys are scoped by actor", async () => {
    const runtime = await running(walletService(), await open(), commandSide);
    const open1 = { type: "OpenWallet", idempotencyKey: "k" };
    const ann = await accepted(runtime, { ...open1, data: { owner: "ann" }, metadata: { actor: "ann" } });
    const bob = await accepted(runtime, { ...open1, data: { owner: "bob" }, metadata: { actor: "bob" } });
    const nobody = await accepted(runtime, { ...open1, data: { owner: "nobody" } });
    expect(new Set([ann.aggregateId, bob.aggregateId, nobody.aggregateId]).size).toBe(3);
  });
});
