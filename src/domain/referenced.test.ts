import { aggregate, contract, publish, references, refuse, service } from "millrace";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import type { AggregateDefinition } from "./aggregate-definition.ts";
import { decide } from "./decide.ts";
import type { AnyState } from "./fold.ts";

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
  schema: z.object({}),
  data: () => ({}),
});
const water = contract(service({ name: "water-works", aggregates: [tap], publishes: [tapChanged] }));
const toTap = references(water, { by: "TapChanged" });

/** A hose that is joined to a tap, or to another, and cut off. */
const hose = aggregate({
  name: "hose",
  collection: "hoses",
  state: z.discriminatedUnion("status", [
    z.object({ status: z.literal("NONE") }),
    z.object({
      status: z.enum(["JOINED", "CUT"]),
      tapId: z.string(),
      spareId: z.string().nullable().optional(),
    }),
  ]),
  initialState: { status: "NONE" },
  events: {
    Joined: z.object({ tapId: z.string(), spareId: z.string().nullable().optional() }),
    Cut: z.object({}),
    Mended: z.object({}),
    Painted: z.object({}),
  },
  commands: {
    Join: z.object({ tapId: z.string(), spareId: z.string().nullable().optional() }),
    Cut: z.object({}),
    Mend: z.object({}),
    Paint: z.object({}),
    Move: z.object({ over: z.array(z.string()) }),
  },
  decide: {
    Join: ({ data }, _state, { Joined }) => [Joined(data)],
    Cut: (_command, state, { Cut }) => (state.status === "CUT" ? refuse("cut", "It is.") : [Cut({})]),
    Mend: (_command, _state, { Mended }) => [Mended({})],
    Paint: (_command, _state, { Painted }) => [Painted({})],
    Move: ({ data }, _state, { Joined }) => data.over.map((tapId) => Joined({ tapId })),
  },
  evolve: {
    Joined: (_state, { data }) => ({ status: "JOINED", ...data }),
    Cut: (state) => ({ ...state, status: "CUT" }) as never,
    Mended: (state) => ({ ...state, status: "JOINED" }) as never,
    Painted: (state) => state,
  },
  references: { tapId: toTap, spareId: toTap },
  refersWhile: (state) => state.status === "JOINED",
});

/** What a command leads to in a state. */
function decided(type: string, data: unknown, state: AnyState, definition: AggregateDefinition) {
  const metadata = { correlationId: "c", depth: 0 };
  const command = {
    type,
    data,
    id: "cmd",
    aggregateId: "h1",
    receivedAt: "2026-01-01T00:00:00.000Z",
    metadata,
  };
  const resolution = decide(definition, { state, version: 3 }, command);
  if ("refused" in resolution) throw new Error(`${type} was refused: ${resolution.detail}`);
  return {
    tags: resolution.events.map(({ tags }) => tags),
    named: resolution.references.map(({ field, id }) => [field, id]),
  };
}

/** The same for a hose; by default one that is joined to t1. */
function hoseAfter(type: string, data: unknown = {}, state: object = { status: "JOINED", tapId: "t1" }) {
  return decided(type, data, state as AnyState, hose.definition);
}

const refers = (id: string) => [`reference:water-works/${id}`, `refers:water-works/${id}`];
const ceases = (id: string) => [`reference:water-works/${id}`];

describe("a service whose aggregates refer to others", () => {
  test("must use their contract", () => {
    const declare = () => service({ name: "garden", aggregates: [hose] });
    expect(declare).toThrow(
      /hose.tapId refers to water-works, which service garden does not use; expected its contract under "uses"/,
    );
    expect(declare).toThrow(expect.objectContaining({ code: "declaration-invalid" }));
  });

  test("has the aggregate in which it keeps what is being retired, of which its contract says nothing", () => {
    const garden = service({ name: "my-garden", uses: [water], aggregates: [hose] });
    expect(garden.definition.aggregates.map(({ name }) => name)).toEqual([
      "hose",
      "~references_of_my_garden",
    ]);
    expect(Object.keys(contract(garden).document.aggregates)).toEqual(["hose"]);
    const { definition } = service({ name: "town", aggregates: [tap] });
    expect(definition.aggregates.map(({ name }) => name)).toEqual(["tap"]);
  });
});

describe("events are labelled", () => {
  test("with what the aggregate begins to refer to", () => {
    expect(hoseAfter("Join", { tapId: "t1" }, { status: "NONE" })).toEqual({
      tags: [refers("t1")],
      named: [["tapId", "t1"]],
    });
    const both = hoseAfter("Join", { tapId: "t1", spareId: "t2" }, { status: "NONE" });
    expect(both.tags[0]?.toSorted()).toEqual([...refers("t1"), ...refers("t2")].toSorted());
    expect(both.named).toEqual([
      ["tapId", "t1"],
      ["spareId", "t2"],
    ]);
  });

  test("with what it ceases to refer to, by the change of a field or by what refersWhile says", () => {
    expect(hoseAfter("Cut")).toEqual({ tags: [ceases("t1")], named: [] });
    const moved = hoseAfter("Join", { tapId: "t2" });
    expect(moved.tags[0]?.toSorted()).toEqual([...ceases("t1"), ...refers("t2")].toSorted());
    expect(moved.named).toEqual([["tapId", "t2"]]);
    expect(hoseAfter("Join", { tapId: "t1" }, { status: "JOINED", tapId: "t1", spareId: "t2" })).toEqual({
      tags: [ceases("t2")],
      named: [],
    });
  });

  test("with what it refers to again, which is checked like anything new", () => {
    expect(hoseAfter("Mend", {}, { status: "CUT", tapId: "t1" })).toEqual({
      tags: [refers("t1")],
      named: [["tapId", "t1"]],
    });
  });

  test("with nothing where what it refers to stays the same", () => {
    for (const state of ["JOINED", "CUT"].map((status) => ({ status, tapId: "t1" })))
      expect(hoseAfter("Paint", {}, state)).toEqual({ tags: [[]], named: [] });
    expect(hoseAfter("Join", { tapId: "t1", spareId: null })).toEqual({ tags: [[]], named: [] });
  });

  test("with nothing where fields swap what they name, which is checked since each may ask something else of it", () => {
    const state = { status: "JOINED", tapId: "t1", spareId: "t2" };
    expect(hoseAfter("Join", { tapId: "t2", spareId: "t1" }, state)).toEqual({
      tags: [[]],
      named: [
        ["tapId", "t2"],
        ["spareId", "t1"],
      ],
    });
    expect(hoseAfter("Join", { tapId: "t2" }, state)).toEqual({
      tags: [ceases("t1")],
      named: [["tapId", "t2"]],
    });
  });

  test("each with its own change, where a command leads to several", () => {
    const { tags, named } = hoseAfter("Move", { over: ["t2", "t2", "t1"] });
    expect(tags.map((of) => of.toSorted())).toEqual([
      [...ceases("t1"), ...refers("t2")].toSorted(),
      [],
      [...refers("t1"), ...ceases("t2")].toSorted(),
    ]);
    expect(named).toEqual([
      ["tapId", "t2"],
      ["tapId", "t1"],
    ]);
  });

  test("always, where nothing says while what it refers", () => {
    const lasting = { ...hose.definition, refersWhile: undefined };
    const state = { status: "JOINED", tapId: "t1" };
    expect(decided("Cut", {}, state, lasting)).toEqual({ tags: [[]], named: [] });
    expect(decided("Join", { tapId: "t2" }, state, lasting).named).toEqual([["tapId", "t2"]]);
  });

  test("or not at all, where refersWhile throws", () => {
    const refersWhile = () => {
      throw new Error("no idea");
    };
    const { definition } = hose;
    expect(() =>
      decided("Paint", {}, { status: "CUT", tapId: "t1" } as never, { ...definition, refersWhile }),
    ).toThrow(
      expect.objectContaining({ code: "domain-threw", message: "refersWhile of hose threw: no idea" }),
    );
  });
});
