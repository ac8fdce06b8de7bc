import { expect, test } from "vitest";
import { unstartedProcessor } from "../ports/processor-state.ts";
import type { ProcessorReport } from "../runtime/runtime.ts";
import { checkNode } from "./doctor-checks.ts";
import { checkCheckpoints, checkParked, checkProcessor } from "./doctor-processors.ts";

test.each([
  ["20.19.0", "OK"],
  ["22.1.0", "OK"],
  ["20.18.3", "FAIL"],
  ["18.20.0", "FAIL"],
])("node %s is %s", (version, verdict) => {
  expect(checkNode(version).verdict).toBe(verdict);
});

const failure = { position: 7, code: "domain-threw", message: "boom", attempts: 5, at: 0 };
const range = {
  from: 0,
  to: 1024,
  checkpoint: { logId: "log", position: 6, eventId: "e" },
  epoch: 1,
  leaseUntil: 0,
};
const healthy: ProcessorReport = {
  name: "tasks",
  kind: "view",
  status: "running",
  lag: 0,
  position: 6,
  parkedSequences: 0,
  retryingSequences: 0,
  state: unstartedProcessor,
};

test.each<[string, Partial<ProcessorReport>, string, RegExp]>([
  ["runs", {}, "OK", /running, up to date/],
  ["is a little behind", { lag: 12 }, "OK", /12 events behind/],
  ["is far behind", { lag: 50_000 }, "WARN", /50,000 events behind/],
  ["is being built", { lag: 50_000, status: "building" }, "OK", /building/],
  ["is paused", { status: "paused", lag: 3 }, "WARN", /paused, 3 events behind/],
  ["has work and no worker", { status: "idle", lag: 1 }, "WARN", /no process works on it/],
  [
    "stands still",
    { status: "stopped", state: { ...unstartedProcessor, ranges: [{ ...range, failure }] } },
    "FAIL",
    /stands at position 7: boom \[domain-threw\]/,
  ],
])("a processor that %s", (_what, report, verdict, detail) => {
  expect(checkProcessor({ ...healthy, ...report })).toMatchObject({
    verdict,
    subject: "view tasks",
    detail: expect.stringMatching(detail),
  });
});

test("a checkpoint that the log does not hold is told, whatever the processor makes of it", async () => {
  const log = (eventId: string, logId = "log") => ({
    pointAt: async (position: number) => (position > 6 ? undefined : { logId, position, eventId }),
  });
  const standing = { ...healthy, state: { ...unstartedProcessor, ranges: [range] } };
  expect(await checkCheckpoints(standing, log("e"))).toBeUndefined();
  for (const other of [log("another"), log("e", "other"), { pointAt: async () => undefined }]) {
    expect(await checkCheckpoints(standing, other)).toMatchObject({
      verdict: "FAIL",
      detail: expect.stringMatching(/event e at position 6, which the log does not hold/),
    });
  }
});

test.each([
  ["nothing", [], "OK", "nothing"],
  ["merely goes on", [{ retryAt: 5 }], "OK", "nothing"],
  ["is tried again", [{ failure, retryAt: 5 }], "WARN", "1 sequence of receipts waits for another attempt"],
  [
    "failed for good",
    [{ failure }, { failure }, { failure, retryAt: 5 }],
    "WARN",
    "2 sequences of receipts wait for a decision",
  ],
])("what is parked: %s", async (_what, firsts, verdict, detail) => {
  const parked = firsts.map((first, index) => ({
    processor: "receipts",
    sequence: `task-${index}`,
    events: 1,
    first: { sequence: `task-${index}`, position: 7, ...first },
  }));
  expect(await checkParked({ parked: async () => parked })).toMatchObject({ verdict, detail });
});
