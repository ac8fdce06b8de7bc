import { aggregate, contract, publish, references, service } from "millrace";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { unfitFor } from "./reference.ts";

const tap = aggregate({
  name: "tap",
  collection: "taps",
  state: z.object({ status: z.enum(["NONE", "SHUT"]) }),
  initialState: { status: "NONE" },
  events: { Built: z.object({}) },
  commands: { Build: z.object({}) },
  decide: { Build: () => [{ type: "Built", data: {} }] },
  evolve: { Built: () => ({ status: "SHUT" }) },
});
const tapChanged = publish({
  type: "TapChanged",
  from: tap,
  on: "Built",
  schema: z.object({
    status: z.enum(["OPEN", "SHUT", "GONE"]),
    litres: z.number(),
    owner: z.string().nullable().optional(),
  }),
  data: () => ({ status: "SHUT", litres: 1 }),
});
const water = contract(service({ name: "water-works", aggregates: [tap], publishes: [tapChanged] }));
const toTap = references(water, { by: "TapChanged" });

describe("a reference is refused, with what was expected and found, where it", () => {
  test.each([
    [
      "leads to no contract",
      () => references(tap as never, { by: "TapChanged" } as never),
      /leads to a contract; expected what readContract\(\) or contract\(\) returned/,
    ],
    [
      "leads nowhere",
      () => references(undefined as never, { by: "TapChanged" } as never),
      /leads to a contract/,
    ],
    [
      "goes by an event that the contract does not name",
      () => references(water, { by: "TapGone" as never }),
      /to water-works goes by TapGone, which its contract does not name; expected one of TapChanged/,
    ],
    [
      "goes by what every object has",
      () => references(water, { by: "toString" as never }),
      /goes by toString, which its contract does not name/,
    ],
    [
      "waits for no duration",
      () => references(water, { by: "TapChanged", waitFor: "soon" }),
      /A duration is a number and one of ms, s, min, h, d, .* found "soon"/,
    ],
    [
      "trusts for no duration",
      () => references(water, { by: "TapChanged", trustFor: "1 week" }),
      /A duration is .* found "1 week"/,
    ],
  ])("%s", (_what, declare, message) => {
    expect(declare).toThrow(message);
    expect(declare).toThrow(expect.objectContaining({ code: "declaration-invalid" }));
  });
});

describe("a declared reference", () => {
  test("says how it was declared, with lists of values, and what is usual where nothing was said", () => {
    expect(toTap.definition).toEqual({
      contract: water,
      by: "TapChanged",
      mustBe: {},
      retired: {},
      waitMs: 1000,
      trustMs: undefined,
    });
    const told = references(water, {
      by: "TapChanged",
      mustBe: { status: ["OPEN", "SHUT"], litres: 1 },
      retired: { status: "GONE" },
      waitFor: "5 s",
      trustFor: "1 min",
    });
    expect(told.definition).toMatchObject({
      mustBe: { status: ["OPEN", "SHUT"], litres: [1] },
      retired: { status: ["GONE"] },
      waitMs: 5000,
      trustMs: 60_000,
    });
  });
});

describe("what is known of something", () => {
  const { definition } = references(water, {
    by: "TapChanged",
    mustBe: { status: ["OPEN", "SHUT"], owner: [null, "ann"] },
    retired: { status: "GONE" },
  });
  const open = { status: "OPEN", litres: 2, owner: "ann" };

  test.each([
    ["all is as it must be", open],
    ["it has another of the values that are allowed", { ...open, status: "SHUT", owner: null }],
    ["it lacks a field that may be null", { status: "OPEN", litres: 2 }],
  ])("lets it be named where %s", (_what, data) => {
    expect(unfitFor("t1", definition, data)).toBeUndefined();
  });

  test.each([
    [
      "a field is none of the values that are allowed",
      { ...open, owner: "bob" },
      't1 of water-works is not as it must be: status is "OPEN", owner is "bob"; expected status "OPEN" or "SHUT", owner null or "ann".',
    ],
    [
      "a field is missing",
      { owner: "ann" },
      't1 of water-works is not as it must be: status is undefined, owner is "ann"; expected status "OPEN" or "SHUT", owner null or "ann".',
    ],
    ["there are no fields", 7, expect.stringContaining("status is undefined, owner is undefined; expected")],
    [
      "there is nothing",
      undefined,
      expect.stringContaining("status is undefined, owner is undefined; expected"),
    ],
  ])("makes it unfit where %s", (_what, data, detail) => {
    expect(unfitFor("t1", definition, data)).toEqual({ refused: true, code: "reference-unfit", detail });
  });

  test("makes it retired where it says so, before anything else", () => {
    expect(unfitFor("t1", definition, { status: "GONE", owner: "bob" })).toEqual({
      refused: true,
      code: "reference-retired",
      detail: 't1 of water-works is retired: status is "GONE", owner is "bob".',
    });
    expect(unfitFor("t1", { ...definition, mustBe: {} }, { status: "GONE" })?.code).toBe("reference-retired");
  });

  test("says nothing against it where nothing is asked of it", () => {
    for (const data of [open, {}, undefined]) expect(unfitFor("t1", toTap.definition, data)).toBeUndefined();
  });
});
