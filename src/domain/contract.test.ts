import {
  aggregate,
  type ContractDocument,
  contract,
  event,
  publish,
  readContract,
  service,
  shape,
  view,
} from "millrace";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import type { RecordedEvent } from "../message/event.ts";
import { readEvent } from "./fold.ts";
import { integrationEventsOf } from "./publication.ts";
import { readForView } from "./view-fold.ts";

const tap = aggregate({
  name: "tap",
  collection: "taps",
  state: z.object({ status: z.enum(["SHUT", "OPEN"]) }),
  initialState: { status: "SHUT" },
  events: { Turned: event(z.object({ litres: z.number() }), { tags: () => [] }) },
  commands: { Turn: z.object({ litres: z.number().default(1) }), Shut: z.object({}) },
  decide: { Turn: () => [], Shut: () => [] },
  evolve: { Turned: (state) => state },
});
const row = z.object({ litres: z.number() });
const taps = view({
  name: "taps",
  version: 3,
  from: [tap],
  schema: row,
  on: { Turned: (_row, { data }) => data },
});
const parts = { type: "TapTurned", from: tap, on: "Turned" } as const;
const turned = publish({ ...parts, schema: row, data: ({ data }) => data });
const turnedNow = publish({
  ...parts,
  version: 2,
  schema: z.object({ millilitres: z.int() }),
  data: ({ data }) => ({ millilitres: data.litres * 1000 }),
});
const waterWorks = service({
  name: "water-works",
  aggregates: [tap],
  views: [taps],
  publishes: [turnedNow, turned],
});
const water = contract(waterWorks);

function foreign(data: unknown, schemaVersion = 2, type = "TapTurned"): RecordedEvent {
  return {
    id: "e",
    type,
    data,
    schemaVersion,
    stream: "@water_works-t1",
    category: "@water_works",
    aggregateId: "t1",
    version: 1,
    position: 4,
    recordedAt: 0,
    metadata: { correlationId: "c", depth: 0 },
    tags: [],
  };
}

describe("the contract of a service", () => {
  test("holds the newest version of what it publishes, its commands and its views, as JSON Schema", () => {
    expect(water.document).toEqual({
      millraceContract: 1,
      service: "water-works",
      events: {
        TapTurned: {
          version: 2,
          schema: {
            type: "object",
            properties: {
              millilitres: {
                type: "integer",
                minimum: Number.MIN_SAFE_INTEGER,
                maximum: Number.MAX_SAFE_INTEGER,
              },
            },
            required: ["millilitres"],
          },
        },
      },
      aggregates: {
        tap: {
          collection: "taps",
          commands: {
            Turn: { type: "object", properties: { litres: { type: "number", default: 1 } } },
            Shut: { type: "object", properties: {} },
          },
        },
      },
      views: {
        taps: {
          version: 3,
          schema: {
            type: "object",
            properties: { litres: { type: "number" } },
            required: ["litres"],
            additionalProperties: false,
          },
        },
      },
    });
  });

  test("is JSON, and reads the same from it", () => {
    const read = readContract(JSON.parse(JSON.stringify(water.document)) as ContractDocument);
    expect(read.document).toEqual(water.document);
    expect(read.name).toBe("water-works");
    expect(readEvent(read.definition, foreign({ millilitres: 5 })).data).toEqual({ millilitres: 5 });
  });

  test("makes calls of commands that name the service", () => {
    expect(water.commands.tap.Turn("t1", { litres: 2 })).toEqual({
      service: "water-works",
      aggregate: "tap",
      aggregateId: "t1",
      type: "Turn",
      data: { litres: 2 },
    });
    expect(Object.keys(water.commands.tap)).toEqual(["Turn", "Shut"]);
  });

  test("cannot be made of a schema that cannot tell its JSON Schema", () => {
    const vague = publish({ ...parts, schema: shape<{ litres: number }>(), data: ({ data }) => data });
    expect(() => contract(service({ name: "vague", aggregates: [tap], publishes: [vague] }))).toThrow(
      expect.objectContaining({
        code: "json-schema-missing",
        message: expect.stringMatching(/the integration event TapTurned/),
      }),
    );
  });
});

describe("an integration event of another service", () => {
  test("is read by the contract, with fields that it does not speak of", () => {
    const read = readEvent(water.definition, foreign({ millilitres: 5, colour: "blue" }));
    expect(read.data).toEqual({ millilitres: 5, colour: "blue" });
  });

  test("that does not fit says where", () => {
    expect(() => readEvent(water.definition, foreign({ millilitres: "much" }))).toThrow(
      expect.objectContaining({
        code: "event-unreadable",
        message: expect.stringMatching(/\/millilitres .*"string".*"integer"/),
      }),
    );
    expect(() => readEvent(water.definition, foreign({}))).toThrow(/millilitres/);
  });

  test("of a newer version or an unknown type waits for a newer contract", () => {
    for (const event of [foreign({}, 3), foreign({}, 1, "TapBurst")]) {
      expect(() => readEvent(water.definition, event)).toThrow(
        expect.objectContaining({ code: "event-type-unknown" }),
      );
    }
  });

  test("is what the service published", () => {
    const domain = { ...foreign({ litres: 1.5 }, 1, "Turned"), stream: "tap-t1", category: "tap" };
    const [newest] = integrationEventsOf("water-works", waterWorks.definition.publications, domain);
    expect(newest).toMatchObject({ dataversion: 2 });
    expect(readEvent(water.definition, foreign(newest?.data)).data).toEqual({ millilitres: 1500 });
  });

  test("is folded into views in the category of its service", () => {
    const used = view({
      name: "used",
      from: [water, tap],
      schema: row,
      key: ({ category, aggregateId }) => (category === "@water_works" ? aggregateId : undefined),
      on: { TapTurned: (_row, { data }) => ({ litres: data.millilitres / 1000 }) },
    });
    expect(readForView(used.definition, foreign({ millilitres: 5 }))?.key).toBe("t1");
    const own = { ...foreign({ litres: 1 }, 1, "Turned"), stream: "tap-t1", category: "tap" };
    expect(readForView(used.definition, own)).toBeUndefined();
  });
});

describe("integration events that were taken under an older contract", () => {
  const { document } = water;
  const event = (version: number) => ({ ...document.events.TapTurned, version }) as never;
  const third = { ...document, events: { TapTurned: event(3) } };
  const fromLitres = (data: { litres: number }) => ({ millilitres: data.litres * 1000 });
  const same = (data: never) => data;

  test("stay readable with upcasters", () => {
    const read = readContract(third, { upcast: { TapTurned: { 1: fromLitres, 2: same } } });
    for (const old of [foreign({ litres: 2 }, 1), foreign({ millilitres: 2000 }, 2)]) {
      expect(readEvent(read.definition, old)).toMatchObject({
        data: { millilitres: 2000 },
        schemaVersion: 3,
      });
    }
  });

  test("are told to be unreadable without, rather than misread", () => {
    const read = readContract(third, { upcast: { TapTurned: { 2: same } } });
    expect(readEvent(read.definition, foreign({ millilitres: 2 }, 2)).data).toEqual({ millilitres: 2 });
    expect(() => readEvent(read.definition, foreign({ millilitres: 2 }, 1))).toThrow(
      expect.objectContaining({
        code: "event-unreadable",
        message: expect.stringMatching(
          /version 1, from which no upcaster of @water_works leads to version 3/,
        ),
      }),
    );
  });

  test("need upcasters without a gap or a stray, of events that there are", () => {
    const reads = (upcast: object) => () => readContract(third, { upcast } as never);
    expect(reads({ TapTurned: { 1: same, 2: same } })).not.toThrow();
    expect(reads({ TapTurned: {} })).not.toThrow();
    expect(reads({ TapTurned: { 1: same } })).toThrow(/has version 3.*all between it and 3; found 1/);
    expect(reads({ TapTurned: { 2: same, 3: same } })).toThrow(/found 2, 3/);
    expect(reads({ TapTurned: { 0: same, 1: same, 2: same } })).toThrow(/found 0, 1, 2/);
    expect(reads({ TapBurst: { 1: same } })).toThrow(/names no event TapBurst/);
    expect(reads({ TapTurned: { one: same } })).toThrow(
      expect.objectContaining({ code: "declaration-invalid" }),
    );
    const first = { ...document, events: { TapTurned: event(1) } };
    expect(() => readContract(first, { upcast: { TapTurned: { 1: same } } })).toThrow(/from no version/);
  });
});

describe("what is no contract is refused:", () => {
  const { document } = water;
  test.each<[string, unknown, RegExp]>([
    ["nothing", undefined, /found undefined/],
    ["null", null, /found null/],
    ["a list", [], /found \[\]/],
    ["another format", { ...document, millraceContract: 2 }, /\/millraceContract/],
    ["no service", { ...document, service: undefined }, /service/],
    ["a service without a name", { ...document, service: "My shop" }, /\/service/],
    ["no events", { millraceContract: 1, service: "x", aggregates: {}, views: {} }, /events/],
    ["no aggregates", { millraceContract: 1, service: "x", events: {}, views: {} }, /aggregates/],
    ["an event without a schema", { ...document, events: { A: { version: 1 } } }, /\/events\/A/],
    ["a version of 0", { ...document, events: { A: { version: 0, schema: {} } } }, /\/events\/A\/version/],
    ["a name that is none", { ...document, events: { "a b": { version: 1, schema: {} } } }, /events/],
    [
      "commands in a list",
      { ...document, aggregates: { tap: { collection: "taps", commands: [] } } },
      /\/aggregates\/tap\/commands/,
    ],
  ])("%s", (_what, found, message) => {
    const read = () => readContract(found as ContractDocument);
    expect(read).toThrow(message);
    expect(read).toThrow(expect.objectContaining({ code: "declaration-invalid" }));
  });

  test("but a format may grow: what is unknown in it is passed over", () => {
    expect(() => readContract({ ...document, channels: {} } as ContractDocument)).not.toThrow();
  });
});
