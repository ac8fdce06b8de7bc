import { describe, expect, onTestFinished, test } from "vitest";
import { noTelemetry, type Telemetry } from "../../src/ports/telemetry.ts";
import { caughtUp, holding, openWallets } from "./playing.ts";
import { eventually, running, stores } from "./running.ts";
import { walletService, wallets } from "./wallet-service.ts";

describe.each(stores)("what gauges of processors tell on $name", ({ open }) => {
  test("while a view is rebuilt, its lag is that of the table that serves", async () => {
    const opened = await open();
    let isHeld = false;
    let release = () => {};
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    const state = holding(opened.state, async ({ processor }) => {
      if (processor !== "view:wallets@1.2") return;
      isHeld = true;
      await released;
    });
    let lags: number[] = [];
    const gauge: Telemetry["gauge"] = (metric, value, labels) => {
      if (metric === "millrace_processor_lag" && labels?.processor === "wallets") lags.push(value);
    };
    const service = walletService({ views: [wallets], policies: [] });
    const telemetry = { ...noTelemetry, gauge };
    const runtime = await running(service, { ...opened, state }, { telemetry, leaseMs: 300 });
    // Nothing stops while a commit is held back.
    onTestFinished(() => release());
    await openWallets(runtime, 20);
    await caughtUp(runtime);
    await eventually(
      () => lags,
      (told) => told.at(-1) === 0,
    );
    lags = [];
    await runtime.operations.rebuild("wallets");
    await eventually(() => isHeld, Boolean);
    await eventually(
      () => lags.length,
      (told) => told >= 3,
    );
    expect(new Set(lags)).toEqual(new Set([0]));

    release();
    await eventually(
      () => runtime.operations.processors(),
      ([report]) => report?.tables?.length === 1 && report.tables[0]?.generation === 2,
    );
    lags = [];
    await eventually(() => lags.length, Boolean);
  });
});
