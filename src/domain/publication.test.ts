import { aggregate, event, publish } from "millrace";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import type { RecordedEvent } from "../message/event.ts";
import { integrationEventsOf, type Publication } from "./publication.ts";

const order = aggregate({
  name: "order",
  collection: "orders",
  state: z.object({ status: z.enum(["NONE", "PLACED"]) }),
  initialState: { status: "NONE" },
  events: {
    OrderPlaced: event(z.object({ total: z.number(), lines: z.array(z.string()).default([]) }), {
      version: 2,
      upcast: { 1: (data: { sum: number }) => ({ total: data.sum }) },
    }),
    OrderLost: z.object({}),
  },
  commands: { PlaceOrder: z.object({}) },
  decide: { PlaceOrder: () => [] },
  evolve: { OrderPlaced: (state) => state, OrderLost: (state) => state },
});

const parts = {
  type: "OrderReceived",
  from: order,
  on: "OrderPlaced",
  schema: z.object({ total: z.number().positive() }),
} as const;
const received = publish({ ...parts, data: ({ data }) => ({ total: data.total }) });

function recorded(data: unknown, changes: Partial<RecordedEvent> = {}): RecordedEvent {
  return {
    id: "c1.0",
    type: "OrderPlaced",
    data,
    schemaVersion: 2,
    stream: "order-o1",
    category: "order",
    aggregateId: "o1",
    version: 1,
    position: 9,
    recordedAt: Date.UTC(2026, 0, 2),
    metadata: { correlationId: "corr", causationId: "c1", actor: "ann", depth: 3 },
    tags: [],
    ...changes,
  };
}

function published(event: RecordedEvent, ...publications: readonly Publication[]) {
  return integrationEventsOf(
    "shop",
    publications.map(({ definition }) => definition),
    event,
  );
}

describe("what is published of an event", () => {
  test("is a cloud event that tells whence it comes, without the actor", () => {
    expect(published(recorded({ total: 5 }), received)).toEqual([
      {
        specversion: "1.0",
        id: "c1.0/OrderReceived/0",
        source: "shop",
        type: "OrderReceived",
        subject: "o1",
        time: "2026-01-02T00:00:00.000Z",
        datacontenttype: "application/json",
        dataversion: 1,
        correlationid: "corr",
        causationid: "c1.0",
        causationdepth: 3,
        data: { total: 5 },
      },
    ]);
  });

  test("keeps the trace that it is part of", () => {
    const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    const traced = recorded({ total: 5 }, { metadata: { correlationId: "c", depth: 0, traceparent } });
    expect(published(traced, received)).toMatchObject([{ traceparent }]);
  });

  test("may be nothing, one integration event or several", () => {
    const each = publish({
      ...parts,
      data: ({ data }) => data.lines.map((line) => ({ total: line.length })),
    });
    const large = publish({ ...parts, data: ({ data }) => (data.total > 9 ? { total: 1 } : undefined) });
    expect(published(recorded({ total: 5 }), each)).toEqual([]);
    expect(published(recorded({ total: 5 }), large)).toEqual([]);
    expect(published(recorded({ total: 10 }), large)).toHaveLength(1);
    expect(published(recorded({ total: 5, lines: ["a", "bc"] }), each)).toMatchObject([
      { id: "c1.0/OrderReceived/0", data: { total: 1 } },
      { id: "c1.0/OrderReceived/1", data: { total: 2 } },
    ]);
  });

  test("comes in every declared version, newest first and with one id, so that a reader takes one of them", () => {
    const cents = publish({
      ...parts,
      version: 2,
      schema: z.object({ cents: z.int() }),
      data: ({ data }) => ({ cents: data.total * 100 }),
    });
    const later = publish({ ...parts, version: 10, data: ({ data }) => ({ total: data.total }) });
    expect(published(recorded({ total: 5 }), received, later, cents)).toMatchObject([
      { id: "c1.0/OrderReceived/0", dataversion: 10, data: { total: 5 } },
      { id: "c1.0/OrderReceived/0", dataversion: 2, data: { cents: 500 } },
      { id: "c1.0/OrderReceived/0", dataversion: 1, data: { total: 5 } },
    ]);
  });

  test("is mapped from the event as the service reads it now", () => {
    const withLines = publish({
      ...parts,
      data: ({ data, schemaVersion }) => ({ total: data.total + data.lines.length + schemaVersion }),
    });
    expect(published(recorded({ sum: 5 }, { schemaVersion: 1 }), withLines)).toMatchObject([
      { data: { total: 7 } },
    ]);
  });

  test("is only what is declared of this event of this aggregate", () => {
    const lost = publish({
      ...parts,
      type: "OrderGone",
      on: ["OrderLost", "OrderPlaced"],
      data: () => ({ total: 1 }),
    });
    expect(published(recorded({}, { type: "OrderLost", schemaVersion: 1 }), received, lost)).toMatchObject([
      { type: "OrderGone" },
    ]);
    expect(published(recorded({ total: 1 }, { category: "@shop" }), received, lost)).toEqual([]);
    expect(published(recorded({ total: 1 }, { category: "other" }), received)).toEqual([]);
  });
});

describe("what cannot be published is told, with its position", () => {
  test("data that does not fit", () => {
    expect(() => published(recorded({ total: -1 }), received)).toThrow(
      expect.objectContaining({
        code: "data-invalid",
        message: expect.stringMatching(/OrderReceived of OrderPlaced at position 9 .*\/total/),
        data: expect.objectContaining({ type: "OrderReceived", position: 9 }),
      }),
    );
    const second = publish({ ...parts, data: () => [{ total: 1 }, { total: -1 }] });
    expect(() => published(recorded({ total: 1 }), second)).toThrow(/does not fit its schema/);
  });

  test("a mapping that throws or waits", () => {
    const throwing = publish({
      ...parts,
      data: () => {
        throw new Error("on purpose");
      },
    });
    expect(() => published(recorded({ total: 1 }), throwing)).toThrow(
      expect.objectContaining({
        code: "domain-threw",
        message: "the publication of OrderReceived threw at position 9: on purpose",
      }),
    );
    const waiting = publish({ ...parts, data: (async () => ({ total: 1 })) as never });
    expect(() => published(recorded({ total: 1 }), waiting)).toThrow(
      expect.objectContaining({ code: "data-invalid" }),
    );
  });

  test("an event that only a newer version of the service can read", () => {
    expect(() => published(recorded({ total: 1 }, { schemaVersion: 3 }), received)).toThrow(
      expect.objectContaining({ code: "event-type-unknown", retryable: true }),
    );
  });
});

describe("a publication is refused for", () => {
  const declares = (changes: object) => () =>
    publish({ ...parts, data: () => undefined, ...changes } as never);

  test.each([
    ["a name that is not in PascalCase", { type: "order-received" }, /PascalCase.*found "order-received"/],
    ["a name that is too long", { type: "A".repeat(101) }, /at most 100 characters/],
    ["a version below 1", { version: 0 }, /version of OrderReceived must be a whole number.*found 0/],
    ["a version that is not whole", { version: 1.5 }, /found 1.5/],
    ["no event", { on: [] }, /published on no event/],
    [
      "an event that is not declared",
      { on: ["OrderPlaced", "toString"] },
      /published on toString, which order does not declare; expected one of OrderPlaced, OrderLost/,
    ],
    ["no schema", { schema: undefined }, /OrderReceived needs a Standard Schema/],
    ["no mapping", { data: { total: 1 } }, /"data" of OrderReceived must be a function; found object/],
  ])("%s", (_what, changes, message) => {
    expect(declares({})).not.toThrow();
    expect(declares(changes)).toThrow(message);
    expect(declares(changes)).toThrow(expect.objectContaining({ code: "declaration-invalid" }));
  });
});
