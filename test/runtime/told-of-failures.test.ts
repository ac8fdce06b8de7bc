import { policy } from "millrace";
import { describe, expect, test } from "vitest";
import { noTelemetry, type Telemetry } from "../../src/ports/telemetry.ts";
import { openWallets } from "./playing.ts";
import { accepted, eventually, places, running, type Stores } from "./running.ts";
import { wallet, walletService } from "./wallet-service.ts";

/** A service whose policy fails as it is told, and what its log says at a level. */
async function failing(opened: Stores, wanted: "warn" | "error", fail: () => Error | undefined) {
  const logged: unknown[] = [];
  const log: Telemetry["log"] = (level, message, facts) => {
    if (level === wanted) logged.push({ message, ...facts });
  };
  const tell = policy({
    name: "tell",
    from: [wallet],
    startAt: "beginning",
    on: {
      Deposited: () => {
        const error = fail();
        if (error !== undefined) throw error;
        return undefined;
      },
    },
  });
  const service = walletService({ views: [], policies: [tell] });
  const runtime = await running(service, opened, { telemetry: { ...noTelemetry, log } });
  const deposit = async (aggregateId: string) => {
    const before = logged.length;
    await accepted(runtime, { aggregateId, type: "Deposit", data: { amount: 1 } });
    await eventually(
      () => logged.length,
      (count) => count > before,
    );
  };
  return { runtime, logged, deposit };
}

describe.each(places)("what the log tells of failures on $name", ({ open }) => {
  test("G6: once that events wait for what cannot be reached, with the reason", async () => {
    let isReachable = false;
    const unreachable = () =>
      isReachable ? undefined : Object.assign(new Error("no route to host"), { retryable: true });
    const { runtime, logged, deposit } = await failing(await open(), "warn", unreachable);
    const [id = ""] = await openWallets(runtime, 1);
    await deposit(id);
    isReachable = true;
    await eventually(
      () => runtime.operations.parked("tell"),
      (parked) => parked.length === 0,
    );
    expect(logged).toEqual([
      expect.objectContaining({
        message: "Events that fail are tried again until they succeed or are parked.",
        processor: "tell",
        sequences: 1,
        error: expect.objectContaining({ message: "no route to host" }),
      }),
    ]);
  });

  test("G6: each time that more is parked", async () => {
    const { runtime, logged, deposit } = await failing(await open(), "error", () => new Error("no"));
    for (const id of await openWallets(runtime, 2)) await deposit(id);
    const told = {
      message: "Events are parked until somebody decides.",
      processor: "tell",
      error: expect.objectContaining({ message: "no" }),
    };
    expect(logged).toEqual([
      expect.objectContaining({ ...told, sequences: 1 }),
      expect.objectContaining({ ...told, sequences: 2 }),
    ]);
  });
});
