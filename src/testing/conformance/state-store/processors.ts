import { deepEqual, equal, ok } from "node:assert/strict";
import { sliceCount } from "../../../message/slice.ts";
import { type ProcessorState, unstartedProcessor } from "../../../ports/processor-state.ts";
import type { Promises } from "../conformance-case.ts";
import { inTime, rejectsWith, spoil, trySpoiling } from "../expectations.ts";
import { pointOf, progressOf, start, wholeRange } from "../sample-processor.ts";

const fullState: ProcessorState = {
  ranges: [
    {
      from: 0,
      to: 512,
      checkpoint: pointOf(12),
      owner: "worker-1 😀",
      epoch: 3,
      leaseUntil: 1_700_000_000_123,
      failure: {
        position: 13,
        code: "domain-threw",
        message: 'e\u0301 "quoted" 😀 \'',
        stack: "Error: x\n    at y",
        attempts: 4,
        at: 1_700_000_000_456,
      },
    },
    { from: 512, to: sliceCount, checkpoint: pointOf(0), epoch: 0, leaseUntil: 0 },
  ],
  workers: [
    { id: "worker-1 😀", aliveUntil: 1_700_000_000_789 },
    { id: "worker-2", aliveUntil: 0 },
  ],
  paused: true,
  buildTarget: 9_007_199_254_740_991,
};

export const processors: Promises = {
  "a processor that was never updated looks unstarted, and is not listed": async ({ state }) => {
    deepEqual(await state.listProcessors(), new Map());
    let seen: ProcessorState | undefined;
    const result = await state.updateProcessor("policy:a", (before) => {
      seen = before;
      return undefined;
    });
    deepEqual(seen, unstartedProcessor);
    deepEqual(result, unstartedProcessor);
    deepEqual(await state.listProcessors(), new Map());
  },

  "an update is given back, listed and seen by the next one with every part as it was written": async ({
    state,
  }) => {
    deepEqual(await state.updateProcessor("policy:a", () => fullState), fullState);
    await start(state, "policy:b");
    const listed = await state.listProcessors();
    deepEqual([...listed.keys()].sort(), ["policy:a", "policy:b"]);
    deepEqual(listed.get("policy:a"), fullState);
    deepEqual(listed.get("policy:b"), { ...unstartedProcessor, ranges: [wholeRange] });
    let seen: ProcessorState | undefined;
    await state.updateProcessor("policy:a", (before) => {
      seen = before;
      return undefined;
    });
    deepEqual(seen, fullState);
  },

  "an update may take away owners, failures, ranges and workers": async ({ state }) => {
    await state.updateProcessor("policy:a", () => fullState);
    const less: ProcessorState = {
      ranges: [{ from: 0, to: sliceCount, checkpoint: pointOf(0), epoch: 4, leaseUntil: 0 }],
      workers: [],
      paused: false,
      buildTarget: 0,
    };
    deepEqual(await state.updateProcessor("policy:a", () => less), less);
    deepEqual((await state.listProcessors()).get("policy:a"), less);
    deepEqual(await state.updateProcessor("policy:a", () => unstartedProcessor), unstartedProcessor);
    deepEqual((await state.listProcessors()).get("policy:a"), unstartedProcessor);
  },

  "a change that returns undefined leaves all as it is and is told so": async ({ state }) => {
    await state.updateProcessor("policy:a", () => fullState);
    deepEqual(await state.updateProcessor("policy:a", () => undefined), fullState);
    deepEqual((await state.listProcessors()).get("policy:a"), fullState);
  },

  "a change is told the time in epoch milliseconds": async ({ state }) => {
    const times: number[] = [];
    for (let turn = 0; turn < 3; turn++) {
      await state.updateProcessor("policy:a", (before, now) => {
        times.push(now);
        return before;
      });
    }
    for (const time of times) {
      ok(Number.isInteger(time), `found ${time}`);
      // A minute's grace: the clock of a database server is not this process's.
      ok(Math.abs(time - Date.now()) < 60_000, `found ${time}`);
    }
  },

  "a change that throws fails its update alone, and changes nothing": async ({ state }) => {
    await state.updateProcessor("policy:a", () => fullState);
    const thrown = new Error("no");
    const failing = state.updateProcessor("policy:a", () => {
      throw thrown;
    });
    equal(await failing.catch((error: unknown) => error), thrown);
    deepEqual(await state.updateProcessor("policy:a", () => undefined), fullState);
    await start(state, "policy:b");
  },

  "what a caller does to a state that it gave or was given changes nothing": async ({ state }) => {
    const given = structuredClone(fullState);
    const told = await state.updateProcessor("policy:a", () => given);
    const listed = (await state.listProcessors()).get("policy:a");
    spoil(given);
    for (const copy of [told, listed]) trySpoiling(copy);
    deepEqual((await state.listProcessors()).get("policy:a"), fullState);
  },

  "G11: a processor's name that not every store can hold is refused": async ({ state }) => {
    for (const bad of ["policy:\u0000", "policy:\ud800"]) {
      const update = state.updateProcessor(bad, (before) => ({ ...before, paused: true }));
      await rejectsWith(update, "text-refused", JSON.stringify(bad));
    }
    deepEqual(await state.listProcessors(), new Map());
  },

  "G5: 32 concurrent updates of one processor all count, and touch no other": async ({ state }) => {
    const update = (processor: string) =>
      state.updateProcessor(processor, (before) => ({ ...before, buildTarget: before.buildTarget + 1 }));
    const processors = Array.from({ length: 64 }, (_, index) => (index % 2 === 0 ? "policy:a" : "policy:b"));
    const results = await inTime(Promise.all(processors.map(update)), "64 updates");
    for (const processor of ["policy:a", "policy:b"]) {
      const targets = results.filter((_, index) => processors[index] === processor).map((s) => s.buildTarget);
      deepEqual(
        targets.sort((a, b) => a - b),
        Array.from({ length: 32 }, (_, index) => index + 1),
      );
      equal((await state.listProcessors()).get(processor)?.buildTarget, 32);
    }
  },

  "dropping a processor forgets its ranges, workers and parked events, and no other's": async ({ state }) => {
    const [wrong, ...park] = [1, 2].map((position) => ({ sequence: "a", position }));
    for (const processor of ["policy:a", "policy:ab"]) {
      await start(state, processor);
      const parking = progressOf(processor, { park: [...(wrong === undefined ? [] : [wrong]), ...park] });
      equal(await state.commitProgress(parking), "committed");
      equal(await state.discardParked(processor, "a", 1, "wrong"), true);
    }
    await state.dropProcessor("policy:a");
    await state.dropProcessor("policy:a");
    await state.dropProcessor("policy:unknown");
    deepEqual([...(await state.listProcessors()).keys()], ["policy:ab"]);
    for (const list of [state.listParked("policy:a"), state.listDiscarded("policy:a")]) {
      deepEqual(await list, []);
    }
    deepEqual(await state.listParked("policy:ab"), park);
    equal((await state.listDiscarded("policy:ab")).length, 1);
    equal(await state.commitProgress(progressOf("policy:a")), "fenced");
    deepEqual(await state.updateProcessor("policy:a", () => undefined), unstartedProcessor);
  },
};
