import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  canonicalJson,
  fingerprintOf,
  isStorableText,
  requireStorableText,
  toStorableJson,
  toStorableText,
} from "./json.ts";

const refusedText = [
  "\u0000",
  "a\u0000",
  "\ud800",
  "\udc00",
  "\udc00\ud800",
  "x\ud83d",
  "\ude00x",
  "\ud800\ud83d\ude00",
];
const storableText = [
  "",
  "a",
  "😀",
  "\u0001",
  "\uffff",
  "\ue000",
  "\\u0000",
  "\\ud800",
  "\u{10ffff}\u{10000}",
  "e\u0301",
];
const refused = expect.objectContaining({ code: "text-refused" });

describe("storable text", () => {
  test("G11: is text without U+0000 and lone surrogates", () => {
    for (const text of refusedText) expect(isStorableText(text), JSON.stringify(text)).toBe(false);
    for (const text of storableText) expect(isStorableText(text), JSON.stringify(text)).toBe(true);
  });

  test("G11: is what a round trip through UTF-8 keeps, apart from U+0000", () => {
    const units = fc.array(
      fc.oneof(fc.nat(0xffff), fc.integer({ min: 0xd7fe, max: 0xe001 }), fc.constant(0)),
    );
    fc.assert(
      fc.property(units, (codes) => {
        const text = String.fromCharCode(...codes);
        const kept = new TextDecoder("utf-8", { ignoreBOM: true }).decode(new TextEncoder().encode(text));
        expect(isStorableText(text)).toBe(kept === text && !text.includes("\u0000"));
      }),
    );
  });

  test("text of others is made storable by replacing what is not, and nothing else", () => {
    expect(toStorableText("no \u0000 \ud800\u{1f600}\udc00")).toBe("no \ufffd \ufffd\u{1f600}\ufffd");
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.nat(0xffff), fc.integer({ min: 0xd7fe, max: 0xe001 }))), (codes) => {
        const text = String.fromCharCode(...codes);
        const made = toStorableText(text);
        expect(isStorableText(made)).toBe(true);
        expect(made.length).toBe(text.length);
        if (isStorableText(text)) expect(made).toBe(text);
      }),
    );
  });

  test("the error names what was looked at and what was found, also where that is long", () => {
    expect(() => requireStorableText(`${"x".repeat(5000)}\u0000`, "The stream")).toThrow(
      /^The stream must be .{0,200}$/,
    );
    expect(() => requireStorableText("fine", "The stream")).not.toThrow();
  });
});

describe("storable JSON", () => {
  test("G11: any JSON without refused text is written as JSON.stringify writes it", () => {
    for (const text of storableText) {
      for (const value of [text, [text], { [text]: text }]) {
        expect(toStorableJson(value, "Data")).toBe(JSON.stringify(value));
      }
    }
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: "grapheme" }), (value) => {
        fc.pre(!JSON.stringify(value).includes("\\u0000"));
        expect(toStorableJson(value, "Data")).toBe(JSON.stringify(value));
      }),
    );
  });

  test("G11: refused text is found in values and keys, however deep", () => {
    for (const text of refusedText) {
      for (const value of [text, [0, text], { a: text }, { [text]: 1 }, [{ a: [{ [text]: null }] }]]) {
        expect(() => toStorableJson(value, "Data")).toThrow(refused);
      }
    }
  });

  test("G11: refused text that merely follows harmless escapes is found as well", () => {
    expect(() => toStorableJson({ a: "\\u0000", b: "\u0000" }, "Data")).toThrow(refused);
  });

  test("G11: refused text that a toJSON brings in is found", () => {
    expect(() => toStorableJson({ at: { toJSON: () => "\ud800" } }, "Data")).toThrow(refused);
    expect(toStorableJson({ at: { text: "\ud800", toJSON: () => "fine" } }, "Data")).toBe('{"at":"fine"}');
  });

  test("the error says where the text stands", () => {
    expect(() => toStorableJson({ a: [{ b: "\u0000" }] }, "The data of Opened")).toThrow(
      /^The data of Opened\.a\[0\]\.b /,
    );
    expect(() => toStorableJson({ a: { "\u0000": 1 } }, "Data")).toThrow(/^A key in Data\.a /);
  });

  test("G11: what is no JSON is refused as such", () => {
    const circle: unknown[] = [];
    circle.push(circle);
    let deep: unknown = 1;
    for (let level = 0; level < 100_000; level++) deep = [deep];
    for (const value of [undefined, () => 1, Symbol("x"), 1n, { a: 1n }, circle, deep]) {
      expect(() => toStorableJson(value, "Data")).toThrow(
        expect.objectContaining({
          code: "data-invalid",
          message: expect.stringMatching(/^Data must be JSON; found .+\.$/),
        }),
      );
    }
  });
});

describe("canonical JSON", () => {
  test("G4: does not depend on the order of keys, at any depth", () => {
    expect(canonicalJson({ b: 1, a: [{ d: null, c: "x" }] })).toBe('{"a":[{"c":"x","d":null}],"b":1}');
    const shuffled = (value: unknown): unknown =>
      Array.isArray(value)
        ? value.map(shuffled)
        : typeof value === "object" && value !== null
          ? Object.fromEntries(
              Object.entries(value)
                .reverse()
                .map(([key, item]) => [key, shuffled(item)]),
            )
          : value;
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(canonicalJson(shuffled(value))).toBe(canonicalJson(value));
      }),
    );
  });

  test("G4: keeps the order of lists and differs where values differ", () => {
    const values = [
      [1, 2],
      [2, 1],
      ["1", 2],
      { a: 1 },
      { a: "1" },
      { a: null },
      {},
      [],
      null,
      "null",
      { a: [1] },
    ];
    expect(new Set(values.map(canonicalJson)).size).toBe(values.length);
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  test("keeps a key named __proto__", () => {
    expect(canonicalJson(JSON.parse('{"b":1,"__proto__":{"x":1}}'))).toBe('{"__proto__":{"x":1},"b":1}');
  });
});

describe("the fingerprint of a command", () => {
  test("G4: is the same in every release", () => {
    expect(fingerprintOf({ b: [1, null], a: "ü😀" })).toBe("5bea9b6071550c7b375b7c648b0dd24a");
  });

  test("G4: is equal for equal values alone", () => {
    expect(fingerprintOf({ a: 1, b: 2 })).toBe(fingerprintOf({ b: 2, a: 1 }));
    expect(fingerprintOf({ a: 1 })).not.toBe(fingerprintOf({ a: "1" }));
  });
});
