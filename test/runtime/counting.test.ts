import { view } from "millrace";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { noTelemetry } from "../../src/ports/telemetry.ts";
import { createMeter } from "../../src/runtime/metrics.ts";
import { caughtUp, deposits, openWallets } from "./playing.ts";
import { accepted, eventually, places, running } from "./running.ts";
import { wallet, walletService } from "./wallet-service.ts";

describe.each(places)("what processors count on $name", ({ open }) => {
  /** Two views that cannot fold a deposit of 13 while they are broken: one parks the row, one stops. */
  async function started() {
    const handling = { broken: true };
    const fold = (amount: number) => {
      if (handling.broken && amount === 13) throw new Error("unlucky");
      return { amount };
    };
    const shape = { from: [wallet], schema: z.object({ amount: z.number() }) } as const;
    const perWallet = view({
      ...shape,
      name: "per-wallet",
      on: { Deposited: (_row, { data }) => fold(data.amount) },
    });
    const together = view({
      ...shape,
      name: "together",
      key: () => "all",
      on: { Deposited: (_row, { data }) => fold(data.amount) },
    });
    const meter = createMeter();
    const service = walletService({ views: [perWallet, together], policies: [] });
    const runtime = await running(service, await open(), { telemetry: { ...noTelemetry, ...meter } });
    const counted = (metric: string, processor: string) =>
      Number(
        new RegExp(`^millrace_processor_${metric}_total\\{processor="${processor}"\\} (\\d+)$`, "m").exec(
          meter.text(),
        )?.[1],
      );
    return { runtime, handling, counted };
  }

  test("each event that a view folded counts once, those of others not", async () => {
    const { runtime, counted } = await started();
    const ids = await openWallets(runtime, 3);
    await deposits(runtime, ids, 2);
    await caughtUp(runtime);
    await eventually(
      async () => ["per-wallet", "together"].map((name) => counted("events", name)),
      (events) => events.every((count) => count === 6),
    );
    for (const name of ["per-wallet", "together"]) expect(counted("failures", name)).toBe(0);
  });

  test("an event that fails counts as that once, then as attempts that failed, and once when it is handled", async () => {
    const { runtime, handling, counted } = await started();
    const [aggregateId = ""] = await openWallets(runtime, 1);
    for (const amount of [1, 13]) await accepted(runtime, { aggregateId, type: "Deposit", data: { amount } });
    await eventually(
      async () => counted("retries", "together"),
      (retries) => retries > 0,
    );
    await eventually(
      () => runtime.operations.parked("per-wallet"),
      (parked) => parked.length === 1,
    );
    await eventually(
      async () => ["per-wallet", "together"].map((name) => counted("failures", name)),
      (failures) => failures.every((count) => count === 1),
    );
    for (const name of ["per-wallet", "together"]) expect(counted("events", name)).toBe(1);
    expect(counted("retries", "per-wallet")).toBe(0);
    await runtime.operations.retryParked("per-wallet", `wallet-${aggregateId}`);
    await eventually(
      async () => counted("retries", "per-wallet"),
      (retries) => retries === 1,
    );
    handling.broken = false;
    await runtime.operations.retryParked("per-wallet", `wallet-${aggregateId}`);
    await eventually(
      async () => ["per-wallet", "together"].map((name) => counted("events", name)),
      (events) => events.every((count) => count === 2),
    );
    for (const name of ["per-wallet", "together"]) expect(counted("failures", name)).toBe(1);
  });
});
