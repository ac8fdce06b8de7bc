import fc from "fast-check";
import { expect, test } from "vitest";
import { isAggregateId, parseStreamName, streamName } from "./stream.ts";

test("the first dash of a stream's name ends its category", () => {
  expect(parseStreamName("account-123")).toEqual({ category: "account", aggregateId: "123" });
  expect(parseStreamName("account-12-3")).toEqual({ category: "account", aggregateId: "12-3" });
  expect(parseStreamName("account--")).toEqual({ category: "account", aggregateId: "-" });
});

test("a stream's name gives back the category and id that it was made of", () => {
  const category = fc.stringMatching(/^[a-z][A-Za-z0-9]{0,20}$/);
  const aggregateId = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._:~@-]{0,40}$/);
  fc.assert(
    fc.property(category, aggregateId, (category, aggregateId) => {
      expect(isAggregateId(aggregateId)).toBe(true);
      expect(parseStreamName(streamName(category, aggregateId))).toEqual({ category, aggregateId });
    }),
  );
});

test("G11: a name without two parts is refused, naming it", () => {
  for (const name of ["", "-", "account", "account-", "-1"]) {
    expect(() => parseStreamName(name)).toThrow(
      expect.objectContaining({ code: "request-malformed", data: { stream: name } }),
    );
  }
});

test("the id of an aggregate is URL-safe as it is, and not too long", () => {
  for (const id of [
    "1",
    "a",
    "Z9",
    "a.b_c:d~e@f-g",
    "0198b5f0-7c1e-7000-8000-000000000000",
    "x".repeat(200),
  ]) {
    expect(isAggregateId(id), id).toBe(true);
  }
  const wrong = [
    "",
    "-a",
    ".a",
    "..",
    "_a",
    "~",
    "a b",
    "a/b",
    "a%2f",
    "a\n",
    "\na",
    "é",
    "😀",
    "a\u0000",
    "a+b",
    "a#b",
    "a?b",
    "x".repeat(201),
  ];
  for (const id of wrong) expect(isAggregateId(id), JSON.stringify(id)).toBe(false);
});
