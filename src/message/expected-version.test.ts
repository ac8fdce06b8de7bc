import { expect, test } from "vitest";
import { type ExpectedVersion, isExpectedVersion, meetsExpectation } from "./expected-version.ts";

test("G2: an expected version holds for exactly the streams that it describes", () => {
  const holds = (expected: ExpectedVersion) =>
    [0, 1, 2, 3].filter((actual) => meetsExpectation(expected, actual));
  expect(holds("any")).toEqual([0, 1, 2, 3]);
  expect(holds("none")).toEqual([0]);
  expect(holds(2)).toEqual([2]);
});

test("only `none`, `any` and whole numbers from 1 are expected versions", () => {
  for (const value of ["none", "any", 1, 2, Number.MAX_SAFE_INTEGER])
    expect(isExpectedVersion(value)).toBe(true);
  for (const value of [
    0,
    -1,
    1.5,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    2 ** 53,
    "1",
    "",
    "None",
    null,
    undefined,
    [1],
  ]) {
    expect(isExpectedVersion(value), String(value)).toBe(false);
  }
});
