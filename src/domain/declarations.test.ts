import { toStandardJsonSchema } from "@valibot/to-json-schema";
import { type } from "arktype";
import { aggregate, event, policy, refuse, service, view } from "millrace";
import * as v from "valibot";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { commandPath } from "./aggregate-checks.ts";
import { parse, shape } from "./schema.ts";

const parts = {
  name: "tap",
  collection: "taps",
  state: z.discriminatedUnion("status", [
    z.object({ status: z.literal("SHUT") }),
    z.object({ status: z.literal("RUNNING"), litres: z.number() }),
  ]),
  initialState: { status: "SHUT" },
  events: { Turned: z.object({ litres: z.number() }) },
  commands: { Turn: z.object({ litres: z.number() }) },
  decide: { Turn: () => refuse("no", "No.") },
  evolve: { Turned: () => ({ status: "RUNNING", litres: 1 }) as const },
} as const;
const tap = aggregate(parts);
const row = z.object({ litres: z.number() });

/** Declarations that the compiler would refuse, or cannot judge. */
function declares(changes: object): () => unknown {
  return () => aggregate({ ...parts, ...changes } as never);
}

describe("an aggregate is refused, with what was expected and found, for", () => {
  test.each([
    ["a name that cannot be a category", { name: "my-tap" }, /camelCase .* found "my-tap"/],
    ["a collection that cannot be in a URL", { collection: "My Taps" }, /kebab-case.* found "My Taps"/],
    ["no events", { events: {}, evolve: {} }, /declares no events/],
    ["an event without a schema", { events: { Turned: {} } }, /Turned of tap needs a Standard Schema/],
    ["an event that is not folded", { evolve: {} }, /tap.evolve has no handler for Turned/],
    [
      "a handler for what is not declared",
      { evolve: { ...parts.evolve, Opened: () => ({}) } },
      /handles Opened.*Turned/,
    ],
    ["a command that is not decided", { decide: {} }, /tap.decide has no handler for Turn/],
    [
      "a creating command that is not declared",
      { creates: "Open", begins: "Turned" },
      /creates of tap names "Open"; expected one of Turn/,
    ],
    [
      "a creating command without a first event",
      { creates: "Turn" },
      /both "creates" and "begins", or neither/,
    ],
    ["a guard for what is not declared", { when: { Open: () => true } }, /when of tap names "Open"/],
    [
      "a state version below 1",
      { stateVersion: 0 },
      /stateVersion of tap must be a whole number of at least 1; found 0/,
    ],
    [
      "two commands of one path",
      {
        commands: { TurnOn: parts.commands.Turn, Turn_on: parts.commands.Turn },
        decide: { TurnOn: () => [], Turn_on: () => [] },
      },
      /same path, "turn-on"/,
    ],
  ])("%s", (_name, changes, message) => {
    expect(declares(changes)).toThrow(message);
    expect(declares(changes)).toThrow(expect.objectContaining({ code: "declaration-invalid" }));
  });
});

describe("upcasters", () => {
  const turned = (version: number, upcast: Record<number, (data: never) => unknown>) =>
    declares({ events: { Turned: event(z.object({ litres: z.number() }), { version, upcast }) } });

  test("must lead from every older version to the current one, without a gap, a cycle or a stray", () => {
    const same = (data: never) => data;
    expect(turned(3, { 1: same, 2: same })).not.toThrow();
    expect(turned(3, { 1: same })).toThrow(/version 3, so it needs upcasters from 1, 2; found 1/);
    expect(turned(2, { 1: same, 2: same })).toThrow(/needs upcasters from 1; found 1, 2/);
    expect(turned(1, { 1: same })).toThrow(/needs upcasters from no version; found 1/);
  });
});

describe("views, policies and services are refused for", () => {
  test.each([
    [
      "a view without a name for URLs",
      () => view({ name: "My taps", from: [tap], schema: row, on: {} }),
      /kebab-case/,
    ],
    [
      "an event that no source declares",
      () => view({ name: "taps", from: [tap], schema: row, on: { Opened: () => undefined } as never }),
      /handles Opened, which none of its sources declares; expected one of Turned/,
    ],
    [
      "several sources without a key",
      () => view({ name: "taps", from: [tap, aggregate({ ...parts, name: "other" })], schema: row, on: {} }),
      /several aggregates \(tap, other\), so it must declare "key"/,
    ],
    [
      "an index on what is no scalar",
      () =>
        view({
          name: "taps",
          from: [tap],
          schema: z.object({ tags: z.array(z.string()) }),
          indexes: ["tags"] as never,
          on: {},
        }),
      /index "tags".* text, a number or a boolean/,
    ],
    [
      "a policy that handles nothing",
      () => policy({ name: "idle", from: [tap], on: {} }),
      /handles no event/,
    ],
    [
      "two aggregates of one name",
      () => service({ name: "taps", aggregates: [tap, aggregate({ ...parts, collection: "others" })] }),
      /two of aggregate "tap"/,
    ],
    [
      "two views of one name",
      () => {
        const taps = view({ name: "taps", from: [tap], schema: row, on: {} });
        return service({ name: "taps", aggregates: [tap], views: [taps, taps] });
      },
      /two of view "taps"/,
    ],
    [
      "a view and a policy of one name",
      () => {
        const taps = view({ name: "taps", from: [tap], schema: row, on: {} });
        const alike = policy({ name: "taps", from: [tap], on: { Turned: () => undefined } });
        return service({ name: "taps", aggregates: [tap], views: [taps], policies: [alike] });
      },
      /a view and a policy "taps".*all are processors/,
    ],
    ["no aggregate", () => service({ name: "taps", aggregates: [] }), /declares no aggregate/],
  ])("%s", (_name, declare, message) => {
    expect(declare).toThrow(message);
  });
});

describe("a view whose rows have a field that HTTP adds", () => {
  const named = (name: string) => z.object({ [name]: z.string() });
  const declared = (schema: z.ZodType<object>) => () => view({ name: "taps", from: [tap], schema, on: {} });
  const recursive: z.ZodType<object> = z.object({
    _links: z.string(),
    get inner() {
      return z.array(recursive);
    },
  });

  test.each([
    ["its links", named("_links")],
    ["what is embedded", named("_embedded")],
    ["its links, in one of several shapes", z.union([named("size"), named("_links")])],
    ["its links, in one of two parts", z.intersection(named("size"), named("_links"))],
    ["its links, in a shape that refers to itself", recursive],
  ])("is refused: %s", (_name, schema) => {
    expect(declared(schema)).toThrow(
      expect.objectContaining({
        code: "declaration-invalid",
        message: expect.stringMatching(/view taps have a field "_(links|embedded)".*reserved/),
      }),
    );
  });

  test("is taken where only something within a row is named so, and where no JSON Schema tells", () => {
    expect(declared(z.object({ inner: named("_links") }))).not.toThrow();
    const untold = shape<{ readonly _links: string }>();
    expect(() => view({ name: "taps", from: [tap], schema: untold, on: {} })).not.toThrow();
  });
});

describe("schemas", () => {
  test("of zod, valibot and arktype become indexes, through their JSON Schema", () => {
    const indexes = (schema: never) =>
      view({ name: "v", from: [tap], schema, indexes: ["name", "size", "open"] as never, on: {} }).definition
        .indexes;
    const expected = [
      { name: "name", type: "text" },
      { name: "size", type: "number" },
      { name: "open", type: "boolean" },
    ];
    expect(
      indexes(
        z.object({
          name: z.enum(["a", "b"]),
          size: z.int().nullable(),
          open: z.boolean().optional(),
        }) as never,
      ),
    ).toEqual(expected);
    expect(
      indexes(
        toStandardJsonSchema(
          v.object({ name: v.picklist(["a", "b"]), size: v.nullable(v.number()), open: v.boolean() }),
        ) as never,
      ),
    ).toEqual(expected);
    expect(indexes(type({ name: "'a'|'b'", size: "number|null", open: "boolean" }) as never)).toEqual(
      expected,
    );
  });

  test("without a JSON Schema say how to supply one", () => {
    const schema = v.object({ name: v.string() });
    expect(() => view({ name: "v", from: [tap], schema, indexes: ["name"], on: {} })).toThrow(
      /toStandardJsonSchema\(\) of @valibot/,
    );
  });

  test("that are asynchronous are refused, because folding cannot wait", () => {
    expect(() =>
      parse(
        v.pipeAsync(
          v.string(),
          v.checkAsync(async () => true),
        ) as never,
        "x",
      ),
    ).toThrow(/must be synchronous/);
  });

  test("point at what is wrong with a JSON Pointer", () => {
    const schema = z.object({ lines: z.array(z.object({ "a/b": z.number() })) });
    expect(parse(schema, { lines: [{ "a/b": 1 }, { "a/b": "x" }] })).toMatchObject({
      issues: [{ pointer: "/lines/1/a~1b" }],
    });
  });
});

test("a command is spelled in kebab-case in URLs", () => {
  expect(["SuspendAccount", "AddURLNow", "pay_bill", "Turn2On"].map(commandPath)).toEqual([
    "suspend-account",
    "add-url-now",
    "pay-bill",
    "turn2-on",
  ]);
});
