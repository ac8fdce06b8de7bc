import { policy } from "millrace";
import { describe, expect, test } from "vitest";
import { systemClock } from "../../src/ports/clock.ts";
import { openWallets } from "./playing.ts";
import { accepted, eventually, running, type Stores, stores } from "./running.ts";
import { wallet, walletService } from "./wallet-service.ts";

const dayMs = 86_400_000;

/** The stores, and the times before which commands were to be forgotten. */
function watched({ events, ...rest }: Stores): { readonly opened: Stores; readonly asked: number[] } {
  const asked: number[] = [];
  const watching = new Proxy(events, {
    get(target, name) {
      const value = Reflect.get(target, name) as unknown;
      if (name === "forgetCommands") {
        return (before: number) => {
          asked.push(before);
          return target.forgetCommands(before);
        };
      }
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
  return { opened: { ...rest, events: watching }, asked };
}

describe.each(stores)("records of commands on $name", ({ open }) => {
  test("G4: are kept for the time that is set, and forgotten by one process a day", async () => {
    const { opened, asked } = watched(await open());
    const service = walletService({ views: [], policies: [] });
    const began = systemClock.now();
    const first = await running(service, opened, { keepCommandsForDays: 2 });
    const second = await running(service, opened, { keepCommandsForDays: 2 });
    await eventually(
      () => asked,
      ({ length }) => length > 0,
    );
    // Both have looked whose turn it is once more before they stop.
    await openWallets(first, 1);
    await Promise.all([first.stop(), second.stop()]);
    expect(asked).toHaveLength(1);
    expect(asked[0]).toBeGreaterThan(began - 2 * dayMs - dayMs);
    expect(asked[0]).toBeLessThan(systemClock.now() - 2 * dayMs);
  });

  test("G4: outlive every event whose reactions could send them again, parked or not handled yet", async () => {
    const { opened, asked } = watched(await open());
    const failing = policy({
      name: "failing",
      from: [wallet],
      startAt: "beginning",
      on: {
        Deposited: () => {
          throw new Error("not today");
        },
      },
    });
    const service = walletService({ views: [], policies: [failing] });
    const before = await running(service, opened, { roles: ["command"] });
    const [id = ""] = await openWallets(before, 1);
    const { events } = await accepted(before, { aggregateId: id, type: "Deposit", data: { amount: 1 } });
    const parkedAt = events[0]?.recordedAt ?? 0;
    const busy = await running(service, opened, { keepCommandsForDays: Number.POSITIVE_INFINITY });
    await eventually(
      () => busy.operations.parked(),
      ({ length }) => length === 1,
    );
    await openWallets(busy, 0);
    await busy.stop();
    // As if the time for which commands are kept were over long ago.
    await running(service, opened, { keepCommandsForDays: -1 });
    await eventually(
      () => asked,
      ({ length }) => length > 0,
    );
    expect(asked[0]).toBeLessThanOrEqual(parkedAt);
  });
});
