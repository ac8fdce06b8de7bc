import { aggregate, policy, refuse, view } from "millrace";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { checkGuards } from "./check-guards.ts";
import { given } from "./given.ts";
import { project } from "./project.ts";
import { randomData, seeded } from "./random-data.ts";
import { reactionOf } from "./reaction-of.ts";

function doorWith(parts: { readonly guard: boolean; readonly closedWithReason: boolean }) {
  return aggregate({
    name: "door",
    collection: "doors",
    state: z.discriminatedUnion("status", [
      z.object({ status: z.literal("NONE") }),
      z.object({ status: z.literal("OPEN") }),
      z.object({ status: z.literal("CLOSED"), reason: z.string() }),
    ]),
    initialState: { status: "NONE" },
    events: { Built: z.object({}), Opened: z.object({}), Closed: z.object({ reason: z.string() }) },
    commands: {
      Build: z.object({}),
      Open: z.object({}),
      Close: z.object({ reason: z.string().min(2).max(5) }),
    },
    creates: "Build",
    begins: "Built",
    decide: {
      Build: (_command, _state, { Built }) => [Built({})],
      Open: (_command, state, { Opened }) =>
        state.status === "CLOSED" ? [Opened({})] : refuse("door-open", "The door is OPEN."),
      Close: ({ data }, state, { Closed }) =>
        state.status === "OPEN" ? [Closed(data)] : refuse("door-closed", "The door is CLOSED."),
    },
    evolve: {
      Built: () => ({ status: "OPEN" }),
      Opened: () => ({ status: "OPEN" }),
      Closed: (_state, { data }) =>
        parts.closedWithReason ? { status: "CLOSED", reason: data.reason } : ({ status: "CLOSED" } as never),
    },
    when: { Close: (state) => (parts.guard ? state.status === "OPEN" : state.status === "CLOSED") },
  });
}

const door = doorWith({ guard: true, closedWithReason: true });
const built = { type: "Built", data: {} } as const;
const closed = { type: "Closed", data: { reason: "night" } } as const;

/** A key that is given up only where somebody may hold a copy: the names are in the event. */
const key = aggregate({
  name: "key",
  collection: "keys",
  state: z.object({ status: z.enum(["KEPT", "LOST"]) }),
  initialState: { status: "KEPT" },
  events: { Lost: z.object({ holders: z.array(z.string()) }) },
  commands: { Lose: z.object({}) },
  decide: {
    Lose: (_command, _state, { Lost }, { referrers }) =>
      referrers.length > 0 ? [Lost({ holders: [...referrers] })] : refuse("nobody", "Nobody has another."),
  },
  evolve: { Lost: () => ({ status: "LOST" }) },
});

describe("given, when, expect", () => {
  test("an expectation that is not met says what was expected and what was found", () => {
    const decided = given(door, built).when("Close", { reason: "night" }).expectEvents(closed);
    expect(() => decided.expectEvents({ type: "Opened", data: {} })).toThrow(
      /expected \[{"type":"Opened".*\n.*found .*"Closed"/,
    );
    expect(() => decided.expectRefusal("door-closed")).toThrow(/refused with door-closed, and led to/);
    expect(() => decided.expectState({ status: "OPEN" })).toThrow(/another state/);
    const refused = given(door, built)
      .when("Open", {})
      .expectRefusal("door-open")
      .expectState({ status: "OPEN" });
    expect(() => refused.expectEvents()).toThrow(/refused with door-open: The door is OPEN/);
    expect(() => refused.expectRefusal("other")).toThrow(/with door-open .* not with other/);
  });

  test("data that does not fit, a command without its aggregate and one too many say so", () => {
    expect(() => given(door, built).when("Close", { reason: "x" })).toThrow(
      /does not fit its schema: \/reason/,
    );
    expect(() => given(door).when("Close", { reason: "night" })).toThrow(/give the event Built first/);
    expect(() => given(door, built).when("Build", {})).toThrow(/no events can be given/);
  });

  test("a decision goes by the referrers that it is given, which are none by default", () => {
    given(key).when("Lose", {}).expectRefusal("nobody");
    given(key).when("Lose", {}, { referrers: [] }).expectRefusal("nobody");
    given(key)
      .when("Lose", {}, { referrers: ["garden", "kitchen"] })
      .expectEvents({ type: "Lost", data: { holders: ["garden", "kitchen"] } });
  });

  test("an event that is not declared is told, beside being a compile error", () => {
    // @ts-expect-error: the aggregate has no such event.
    expect(() => given(door, { type: "Painted", data: {} })).toThrow(/declares no event "Painted"/);
  });
});

describe("projecting and reacting", () => {
  const doors = view({
    name: "doors",
    from: [door],
    schema: z.object({ open: z.boolean(), at: z.number() }),
    on: {
      Built: (_row, { recordedAt }) => ({ open: true, at: recordedAt }),
      Closed: () => undefined,
    },
  });

  test("rows come and go with events, and a difference is readable", () => {
    const projected = project(doors).at(5).of(door, "front", built).of(door, "back", built, closed);
    projected.expectRows({ front: { open: true, at: 5 } });
    expect(() => projected.expectRows({})).toThrow(/expected {}\n.*found .*front/);
  });

  test("a reaction is the list of commands", async () => {
    const reopen = policy({
      name: "reopen",
      from: [door],
      on: { Closed: ({ aggregateId }) => door.commands.Open(aggregateId, {}) },
    });
    expect(await reactionOf(reopen, door, "front", closed)).toEqual([door.commands.Open("front", {})]);
    expect(await reactionOf(reopen, door, "front", built)).toEqual([]);
  });
});

describe("checking guards", () => {
  test("a sound aggregate passes, and every command was accepted at least once", () => {
    const report = checkGuards(door, { seed: 1 });
    expect(report.never).toEqual([]);
    expect(checkGuards(door, { seed: 1 })).toEqual(report);
  });

  test("decisions go by the referrers that they are given, which are none by default", () => {
    expect(checkGuards(key, { seed: 1, walks: 5 }).never).toEqual(["Lose"]);
    const { accepted, never } = checkGuards(key, { seed: 1, walks: 5, steps: 4, referrers: ["garden"] });
    expect([accepted, never]).toEqual([{ Lose: 20 }, []]);
  });

  test("a guard that says no where decide says yes is found, with the seed", () => {
    expect(() => checkGuards(doorWith({ guard: false, closedWithReason: true }), { seed: 7 })).toThrow(
      /Close is not offered in the state .*OPEN.* \(seed 7\)/,
    );
  });

  test("a throw in evolve is found, with the command, the state and the seed", () => {
    const { definition } = door;
    const throwing = {
      ...door,
      definition: {
        ...definition,
        evolve: {
          ...definition.evolve,
          Closed: () => {
            throw new Error("hinge");
          },
        },
      },
    };
    expect(() => checkGuards(throwing, { seed: 5 })).toThrow(
      /Close with {"reason":.* in the state {"status":"OPEN"}: .*hinge \(seed 5\)/,
    );
  });

  test("a state that does not fit its schema is found", () => {
    expect(() => checkGuards(doorWith({ guard: true, closedWithReason: false }), { seed: 1 })).toThrow(
      /which does not fit its schema/,
    );
  });

  test.each([
    ["a Date", new Date(0), "/since is a Date"],
    ["what is no number", Number.NaN, "/since is NaN"],
    ["a bigint in a list", [{ a: 1n }], "/since/0/a is a bigint"],
    ["a hole in a list", [undefined], "/since/0 is undefined"],
  ])("a state that holds %s, which no snapshot can, is found", (_what, since, message) => {
    const { definition } = door;
    const evolve = { ...definition.evolve, Built: () => ({ status: "OPEN", since }) };
    expect(() => checkGuards({ ...door, definition: { ...definition, evolve } }, { seed: 1 })).toThrow(
      message,
    );
  });

  test("a field of the state that is undefined is as good as absent", () => {
    const { definition } = door;
    const evolve = { ...definition.evolve, Built: () => ({ status: "OPEN", reason: undefined }) };
    expect(checkGuards({ ...door, definition: { ...definition, evolve } }, { seed: 1 }).never).toEqual([]);
  });
});

test("random data fits the schema that it was made from", () => {
  const schema = z.object({
    text: z.string().min(1).max(5),
    number: z.number().positive().max(10),
    whole: z.int().min(3).max(4),
    choice: z.enum(["a", "b"]),
    either: z.union([z.literal(1), z.boolean()]),
    list: z.array(z.email()).min(1),
    nested: z.object({ at: z.iso.datetime(), maybe: z.string().nullable().optional() }),
  });
  const json = z.toJSONSchema(schema) as Record<string, unknown>;
  const random = seeded(1);
  for (let round = 0; round < 500; round++) {
    const data = randomData(json, random);
    expect(schema.safeParse(data).error, JSON.stringify(data)).toBeUndefined();
  }
});
