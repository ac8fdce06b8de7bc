import { expect, test } from "vitest";
import { sliceCount, sliceOf } from "./slice.ts";

test("the slice of a sequence is the same in every release, since checkpoints depend on it", () => {
  const pinned = Object.fromEntries(
    ["", "a", "b", "account-1", "account-2", "order-0198b5f0", "ü😀"].map((name) => [name, sliceOf(name)]),
  );
  expect(pinned).toEqual({
    "": 257,
    a: 199,
    b: 990,
    "account-1": 528,
    "account-2": 57,
    "order-0198b5f0": 793,
    "ü😀": 969,
  });
});

/** How far the numbers of names per bin are from even, as chi-squared per degree of freedom: about 1 if random. */
function unevenness(names: readonly string[], bins: number): number {
  const counts = Array<number>(bins).fill(0);
  for (const name of names) {
    const bin = Math.floor((sliceOf(name) * bins) / sliceCount);
    counts[bin] = (counts[bin] ?? 0) + 1;
  }
  const mean = names.length / bins;
  return counts.reduce((sum, count) => sum + (count - mean) ** 2 / mean, 0) / (bins - 1);
}

const many = 200_000;
const numbered = Array.from({ length: many }, (_, index) => index);
const families: Readonly<Record<string, readonly string[]>> = {
  "numbered names": numbered.map((index) => `account-${index}`),
  "padded names": numbered.map((index) => `user-${String(index).padStart(8, "0")}`),
  "names in even steps": numbered.map((index) => `order-${index * 1024}`),
  "time-ordered ids": numbered.map(
    (index) => `account-0198b5f0-${index.toString(16).padStart(4, "0")}-7000-8000-000000000000`,
  ),
  "one varying character in front": numbered.map(
    (index) => `${String.fromCodePoint(0x4e00 + (index % 20_000))}-${Math.floor(index / 20_000)}`,
  ),
};

for (const [family, names] of Object.entries(families)) {
  test(`${family} are spread evenly over all slices and over few ranges of them`, () => {
    const slices = new Set(names.map(sliceOf));
    expect([slices.size, Math.min(...slices), Math.max(...slices)]).toEqual([sliceCount, 0, sliceCount - 1]);
    // Hashes of structured names are never quite random; twice the unevenness of chance is no worker's trouble.
    expect(unevenness(names, sliceCount)).toBeLessThan(2);
    for (const ranges of [2, 3, 8, 16]) {
      const [low, high] = shares(names, ranges);
      expect(low, `${ranges} ranges`).toBeGreaterThan(0.95);
      expect(high, `${ranges} ranges`).toBeLessThan(1.05);
    }
  });
}

/** The smallest and the largest share of a range, where 1 is what each should have. */
function shares(names: readonly string[], ranges: number): readonly [low: number, high: number] {
  const counts = Array<number>(ranges).fill(0);
  for (const name of names) {
    const range = Math.floor((sliceOf(name) * ranges) / sliceCount);
    counts[range] = (counts[range] ?? 0) + 1;
  }
  const widths = counts.map((_, range) => {
    const from = Math.ceil((range * sliceCount) / ranges);
    return Math.ceil(((range + 1) * sliceCount) / ranges) - from;
  });
  const fractions = counts.map(
    (count, range) => count / ((names.length * (widths[range] ?? 0)) / sliceCount),
  );
  return [Math.min(...fractions), Math.max(...fractions)];
}
