import fc from "fast-check";
import { expect, test } from "vitest";
import { compareText } from "./text-order.ts";

function compareCodePoints(a: string, b: string): number {
  const [left, right] = [a, b].map((text) =>
    Array.from(text, (character) => character.codePointAt(0) ?? 0),
  ) as [number[], number[]];
  const different = left.findIndex((codePoint, index) => codePoint !== right[index]);
  if (different === -1) return left.length - right.length;
  return different >= right.length ? 1 : (left[different] ?? 0) - (right[different] ?? 0);
}

/** Well-formed text that is dense around the surrogates, with many common beginnings. */
const text = fc.string({
  unit: fc.oneof(
    fc.constantFrom("a", "b", "\ud7ff", "\ue000", "\uffff", "\u{10000}", "\u{1f600}", "\u{10ffff}"),
    fc.string({ unit: "binary", minLength: 1, maxLength: 1 }),
  ),
  maxLength: 5,
});

test("text is ordered as its code points are", () => {
  fc.assert(
    fc.property(text, text, (a, b) => {
      expect(Math.sign(compareText(a, b))).toBe(Math.sign(compareCodePoints(a, b)));
    }),
    { numRuns: 2000 },
  );
});

test("text is ordered as its UTF-8 bytes are, which is how databases compare it", () => {
  fc.assert(
    fc.property(text, text, (a, b) => {
      expect(Math.sign(compareText(a, b))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)));
    }),
    { numRuns: 2000 },
  );
});

test("an astral character stands behind U+FFFF, and a beginning before what it begins", () => {
  expect(["😀", "\uffff", "ab", "a", "", "\ue000", "B"].sort(compareText)).toEqual([
    "",
    "B",
    "a",
    "ab",
    "\ue000",
    "\uffff",
    "😀",
  ]);
  expect(compareText("a😀", "a😀")).toBe(0);
});
