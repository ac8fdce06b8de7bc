import { describe, expect, test } from "vitest";
import { matchesQuery } from "./event-query.ts";

const event = { type: "Opened", tags: ["number:1", "bank:x"] };

describe("a query means an event", () => {
  const matching = [
    {},
    { types: ["Opened"] },
    { types: ["Closed", "Opened"] },
    { tags: [] },
    { tags: ["number:1"] },
    { tags: ["bank:x", "number:1"] },
    { types: ["Opened"], tags: ["bank:x"] },
  ];
  for (const query of matching) {
    test(`that fits ${JSON.stringify(query)}`, () => expect(matchesQuery(query, event)).toBe(true));
  }
});

describe("a query does not mean an event", () => {
  const others = [
    { types: [] },
    { types: ["Closed"] },
    { types: ["opened"] },
    { tags: ["number:2"] },
    { tags: ["number:1", "number:2"] },
    { tags: ["number"] },
    { types: ["Closed"], tags: ["number:1"] },
    { types: ["Opened"], tags: ["number:2"] },
  ];
  for (const query of others) {
    test(`that does not fit ${JSON.stringify(query)}`, () => expect(matchesQuery(query, event)).toBe(false));
  }
});

test("a query without tags means an event that has none", () => {
  expect(matchesQuery({ types: ["Noted"] }, { type: "Noted", tags: [] })).toBe(true);
  expect(matchesQuery({ tags: ["a:1"] }, { type: "Noted", tags: [] })).toBe(false);
});
