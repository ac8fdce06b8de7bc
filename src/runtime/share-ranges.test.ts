import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { logBeginning } from "../message/log-point.ts";
import { sliceCount } from "../message/slice.ts";
import { type ProcessorState, unstartedProcessor } from "../ports/processor-state.ts";
import { freeze, leaveRanges, lowestCheckpoint, passOver, shareRanges } from "./share-ranges.ts";

const leaseMs = 1000;

function look(state: ProcessorState, worker: string, now: number, spread = true): ProcessorState {
  const start = logBeginning("log");
  return shareRanges(state, {
    worker,
    now,
    leaseMs,
    spread,
    start,
    buildTarget: 7,
    isGone: (id) => id.startsWith("gone"),
  });
}

function slicesOf(state: ProcessorState, worker: string): number {
  return state.ranges
    .filter((range) => range.owner === worker)
    .reduce((sum, range) => sum + range.to - range.from, 0);
}

function expectWhole(state: ProcessorState): void {
  let next = 0;
  for (const range of state.ranges) {
    expect(range.from).toBe(next);
    expect(range.to).toBeGreaterThan(range.from);
    next = range.to;
  }
  expect(next).toBe(sliceCount);
}

describe("sharing the work of a processor", () => {
  test("the first worker takes all of it, from the start, and notes what a first build must reach", () => {
    const state = look(unstartedProcessor, "a", 0);
    expect(state.ranges).toEqual([
      { from: 0, to: sliceCount, checkpoint: logBeginning("log"), owner: "a", epoch: 1, leaseUntil: leaseMs },
    ]);
    expect(state.buildTarget).toBe(7);
  });

  test("a second worker gets half, once the first has given it back", () => {
    let state = look(unstartedProcessor, "a", 0);
    state = look(state, "b", 1);
    expect(slicesOf(state, "b")).toBe(0);
    state = look(state, "a", 2);
    state = look(state, "b", 3);
    expect([slicesOf(state, "a"), slicesOf(state, "b")]).toEqual([512, 512]);
  });

  test("notes how far each held range has come, also where two were cut at the same time", () => {
    const range = { owner: "a", epoch: 2, checkpoint: logBeginning("log"), leaseUntil: leaseMs };
    const ranges = [
      { ...range, from: 0, to: 512 },
      { ...range, from: 512, to: sliceCount },
    ];
    const point = { logId: "log", position: 9, eventId: "e9" };
    const further = ranges.map((held) => ({ ...held, checkpoint: point }));
    expect(passOver({ ...unstartedProcessor, ranges }, further).ranges).toEqual(further);
  });

  test("G5: every change of owner or bounds raises the epoch", () => {
    const before = look(unstartedProcessor, "a", 0);
    const after = look(look(before, "b", 1), "a", 2);
    for (const range of after.ranges) expect(range.epoch).toBeGreaterThan(before.ranges[0]?.epoch ?? 0);
  });

  test("work that cannot be spread stays with one worker until it is gone", () => {
    let state = look(unstartedProcessor, "a", 0, false);
    state = look(state, "b", 1, false);
    state = look(state, "a", 2, false);
    expect([slicesOf(state, "a"), slicesOf(state, "b")]).toEqual([sliceCount, 0]);
    state = look(state, "b", 2 + leaseMs, false);
    expect([slicesOf(state, "a"), slicesOf(state, "b")]).toEqual([0, sliceCount]);
  });

  test("the ranges of a worker that is known to be gone are taken at once", () => {
    const state = look(look(unstartedProcessor, "gone", 0), "b", 1);
    expect(slicesOf(state, "b")).toBe(sliceCount);
  });

  test("ranges merge again when they stand at the same point", () => {
    let state = look(unstartedProcessor, "a", 0);
    state = look(look(look(state, "b", 1), "a", 2), "b", 3);
    state = look(leaveRanges(state, "b"), "a", 4);
    expect(state.ranges).toHaveLength(1);
    expect(slicesOf(state, "a")).toBe(sliceCount);
  });

  test("nobody takes up a frozen processor, and whoever held it is fenced off", () => {
    const before = look(unstartedProcessor, "a", 0);
    const frozen = look(freeze(before), "b", 1);
    expect(frozen.ranges.every((range) => range.owner === undefined)).toBe(true);
    expect(frozen.ranges[0]?.epoch).toBeGreaterThan(before.ranges[0]?.epoch ?? 0);
  });

  test("whatever workers come and go, the ranges cover all slices once, and all are owned within two rounds", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.constantFrom("a", "b", "c", "d"), fc.boolean()), { maxLength: 40 }),
        (visits) => {
          let state: ProcessorState = unstartedProcessor;
          let now = 0;
          for (const [worker, leaves] of visits) {
            state = leaves ? leaveRanges(state, worker) : look(state, worker, ++now);
            if (state.ranges.length > 0) expectWhole(state);
          }
          for (let round = 0; round < 2; round++)
            for (const worker of ["a", "b", "c"]) state = look(state, worker, ++now);
          now += leaseMs;
          for (let round = 0; round < 3; round++)
            for (const worker of ["a", "b", "c"]) state = look(state, worker, ++now);
          expectWhole(state);
          for (const worker of ["a", "b", "c"]) expect(slicesOf(state, worker)).toBeGreaterThanOrEqual(340);
          expect(lowestCheckpoint(state)?.position).toBe(0);
        },
      ),
    );
  });
});
