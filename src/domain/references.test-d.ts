import { aggregate, contract, publish, type Reference, references, retirement, service } from "millrace";
import { describe, expectTypeOf, test } from "vitest";
import { z } from "zod";

const tap = aggregate({
  name: "tap",
  collection: "taps",
  state: z.object({ status: z.enum(["SHUT", "GOING"]) }),
  initialState: { status: "SHUT" },
  events: { Built: z.object({}), Doomed: z.object({ referrers: z.array(z.string()) }) },
  commands: { Retire: z.object({}), Keep: z.object({ reason: z.string() }) },
  decide: {
    Retire: () => [],
    Keep: (_command, _state, { Doomed }, facts) => {
      expectTypeOf(facts.referrers).toEqualTypeOf<readonly string[]>();
      return [Doomed({ referrers: [...facts.referrers] })];
    },
  },
  evolve: { Built: (state) => state, Doomed: (state) => state },
});
const tapChanged = publish({
  type: "TapChanged",
  from: tap,
  on: "Built",
  schema: z.object({
    status: z.enum(["OPEN", "SHUT", "GONE"]),
    litres: z.number(),
    owner: z.string().nullable().optional(),
    lines: z.array(z.string()),
  }),
  data: () => undefined,
});
const water = contract(service({ name: "water", aggregates: [tap], publishes: [tapChanged] }));

describe("references", () => {
  const by = "TapChanged";

  test("take values of the fields of the event, one or several", () => {
    expectTypeOf(references(water, { by })).toEqualTypeOf<Reference>();
    references(water, { by, mustBe: { status: "OPEN", litres: 1 }, retired: { status: "GONE" } });
    references(water, { by, mustBe: { status: ["OPEN", "SHUT"], owner: [null, "ann"] } });
    references(water, { by, mustBe: { owner: null }, waitFor: "2 s", trustFor: "1 min" });
  });

  test("take no other", () => {
    // @ts-expect-error: TapGone
    references(water, { by: "TapGone" });
    // @ts-expect-error: an aggregate is no contract
    references(tap, { by: "Built" });
    // @ts-expect-error: colour is no field of the event
    references(water, { by, mustBe: { colour: "red" } });
    // @ts-expect-error: lines is a list
    references(water, { by, mustBe: { lines: "a" } });
    // @ts-expect-error: CLOSED is no status
    references(water, { by, mustBe: { status: "CLOSED" } });
    // @ts-expect-error: nor is it in a list
    references(water, { by, mustBe: { status: ["OPEN", "CLOSED"] } });
    // @ts-expect-error: litres is a number
    references(water, { by, mustBe: { litres: "1" } });
    // @ts-expect-error: status is never null
    references(water, { by, mustBe: { status: null } });
    // @ts-expect-error: what may be absent is null, or is not spoken of
    references(water, { by, mustBe: { owner: undefined } });
    // @ts-expect-error: BROKEN is no status
    references(water, { by, retired: { status: "BROKEN" } });
    // @ts-expect-error: a duration is a text
    references(water, { by, waitFor: 1000 });
  });
});

describe("an aggregate that refers", () => {
  const parts = {
    name: "hose",
    collection: "hoses",
    state: z.discriminatedUnion("status", [
      z.object({ status: z.literal("NONE"), early: z.string() }),
      z.object({
        status: z.literal("JOINED"),
        tapId: z.string(),
        spareId: z.string().nullable().optional(),
        length: z.number(),
        lines: z.array(z.string()),
      }),
      z.object({ status: z.literal("LOST"), lastId: z.string() }),
    ]),
    initialState: { status: "NONE", early: "" },
    events: { Joined: z.object({}) },
    commands: { Join: z.object({}) },
    evolve: { Joined: () => ({ status: "LOST", lastId: "" }) as const },
    decide: { Join: () => [] },
  } as const;
  const toTap = references(water, { by: "TapChanged" });

  test("does so by fields that hold texts, in any of its states, and says while what", () => {
    aggregate({ ...parts, references: { tapId: toTap, spareId: toTap, lastId: toTap } });
    aggregate({
      ...parts,
      references: { tapId: toTap },
      refersWhile: (state) => {
        expectTypeOf(state.status).toEqualTypeOf<"JOINED" | "LOST">();
        return state.status === "JOINED" && state.length > 0;
      },
    });
  });

  test("does so by no other fields, and to nothing else", () => {
    // @ts-expect-error: length is a number
    aggregate({ ...parts, references: { length: toTap } });
    // @ts-expect-error: lines is a list
    aggregate({ ...parts, references: { lines: toTap } });
    // @ts-expect-error: the state has no pipeId
    aggregate({ ...parts, references: { pipeId: toTap } });
    // @ts-expect-error: before it begins it refers to nothing
    aggregate({ ...parts, references: { early: toTap } });
    // @ts-expect-error: a contract is no reference
    aggregate({ ...parts, references: { tapId: water } });
    // @ts-expect-error: it says yes or no
    aggregate({ ...parts, references: { tapId: toTap }, refersWhile: () => "JOINED" });
  });
});

describe("a retirement", () => {
  const parts = {
    name: "retire-tap",
    of: tap,
    retire: (id: string) => tap.commands.Retire(id, {}),
    keep: (id: string, reason: string) => tap.commands.Keep(id, { reason }),
  } as const;

  test("is told of whom to ask by the event that asks for it", () => {
    retirement({
      ...parts,
      asked: "Doomed",
      referrers: (event) => {
        expectTypeOf(event.type).toEqualTypeOf<"Doomed">();
        expectTypeOf(event.data).toEqualTypeOf<{ referrers: string[] }>();
        return event.data.referrers;
      },
      restored: ["Built"],
    });
  });

  test("goes by events of its aggregate, and by commands", () => {
    // @ts-expect-error: Damned
    retirement({ ...parts, asked: "Damned", referrers: () => [] });
    // @ts-expect-error: Built does not say whom to ask
    retirement({ ...parts, asked: "Built", referrers: ({ data }) => data.referrers });
    // @ts-expect-error: Rebuilt
    retirement({ ...parts, asked: "Doomed", referrers: () => [], restored: ["Rebuilt"] });
    // @ts-expect-error: an id is no command
    retirement({ ...parts, asked: "Doomed", referrers: () => [], retire: (id) => id });
  });
});
