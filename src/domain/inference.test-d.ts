import { type } from "arktype";
import {
  aggregate,
  type CommandOf,
  type EventOf,
  event,
  policy,
  type RowOf,
  refuse,
  type StateOf,
  service,
  shape,
  unless,
  view,
} from "millrace";
import * as v from "valibot";
import { describe, expectTypeOf, test } from "vitest";
import { z } from "zod";

type OrderState =
  | { status: "NONE" }
  | { status: "PLACED"; total: number; placedAt: string }
  | { status: "CANCELLED"; total: number; placedAt: string; reason: string };

const placed = { total: z.number(), placedAt: z.string() };
const state = z.discriminatedUnion("status", [
  z.object({ status: z.literal("NONE") }),
  z.object({ status: z.literal("PLACED"), ...placed }),
  z.object({ status: z.literal("CANCELLED"), ...placed, reason: z.string() }),
]);
/** Written as text, read as a Date. */
const instant = z.iso.datetime().transform((text) => new Date(text));

const order = aggregate({
  name: "order",
  collection: "orders",
  state,
  initialState: { status: "NONE" },
  events: {
    OrderPlaced: event(z.object({ total: z.number(), placedAt: instant }), {
      version: 2,
      upcast: { 1: (data: { sum: number }) => ({ ...data, total: data.sum }) },
      tags: (data) => {
        expectTypeOf(data).toEqualTypeOf<{ total: number; placedAt: string }>();
        return [`total:${data.total}`];
      },
    }),
    OrderCancelled: z.object({ reason: z.string() }),
  },
  commands: {
    PlaceOrder: z.object({ total: z.number(), note: z.string().default("") }),
    CancelOrder: z.object({ reason: z.string() }),
  },
  creates: "PlaceOrder",
  begins: "OrderPlaced",
  decide: {
    PlaceOrder: (command, current, { OrderPlaced }) => {
      expectTypeOf(command.data).toEqualTypeOf<{ total: number; note: string }>();
      expectTypeOf(command.receivedAt).toBeString();
      expectTypeOf(current).toEqualTypeOf<{ status: "NONE" }>();
      expectTypeOf(OrderPlaced).parameter(0).toEqualTypeOf<{ total: number; placedAt: string }>();
      return unless({ tags: ["a:b"] }, refuse("taken", "Taken."), [
        OrderPlaced({ total: command.data.total, placedAt: command.receivedAt }),
      ]);
    },
    CancelOrder: (command, current) => {
      expectTypeOf(current.status).toEqualTypeOf<"PLACED" | "CANCELLED">();
      return current.status === "PLACED"
        ? [{ type: "OrderCancelled", data: { reason: command.data.reason } }]
        : refuse("order-cancelled", `The order is ${current.status}.`);
    },
  },
  evolve: {
    OrderPlaced: (current, { data, aggregateId, version }) => {
      expectTypeOf(current).toEqualTypeOf<{ status: "NONE" }>();
      expectTypeOf(data).toEqualTypeOf<{ total: number; placedAt: Date }>();
      expectTypeOf(aggregateId).toBeString();
      expectTypeOf(version).toBeNumber();
      return { status: "PLACED", total: data.total, placedAt: data.placedAt.toISOString() };
    },
    OrderCancelled: (current, { data }) => ({ ...current, status: "CANCELLED", reason: data.reason }),
  },
  when: { CancelOrder: (current) => current.status === "PLACED" },
  unique: { total: "total-taken" },
});

const door = aggregate({
  name: "door",
  collection: "doors",
  state: shape<{ status: "OPEN" } | { status: "CLOSED"; by: string }>(),
  initialState: { status: "CLOSED", by: "" },
  events: { Opened: z.object({}), Closed: z.object({ by: z.string() }) },
  commands: { Open: z.object({}), Close: z.object({ by: z.string() }) },
  decide: {
    Open: () => [{ type: "Opened", data: {} }],
    Close: ({ data }, current) =>
      current.status === "OPEN" ? [{ type: "Closed", data }] : refuse("closed", "Closed."),
  },
  evolve: {
    // Without parameters, literals must not widen.
    Opened: () => ({ status: "OPEN" }),
    Closed: (_current, { data }) => ({ status: "CLOSED", by: data.by }),
  },
});

describe("aggregates", () => {
  test("carry their states, events and commands", () => {
    expectTypeOf<StateOf<typeof order>>().toEqualTypeOf<OrderState>();
    expectTypeOf<EventOf<typeof order>["type"]>().toEqualTypeOf<"OrderPlaced" | "OrderCancelled">();
    expectTypeOf<CommandOf<typeof order>["type"]>().toEqualTypeOf<"PlaceOrder" | "CancelOrder">();
  });

  test("make calls of their commands from the input side", () => {
    expectTypeOf(order.commands.PlaceOrder)
      .parameter(1)
      .toEqualTypeOf<{ total: number; note?: string | undefined }>();
    // @ts-expect-error: the data of a command is checked.
    order.commands.PlaceOrder("o1", { total: "1" });
    // @ts-expect-error: so is its name.
    order.commands.PlaceOrders("o1", { total: 1 });
  });

  test("infer from valibot and arktype schemas alike", () => {
    const tap = aggregate({
      name: "tap",
      collection: "taps",
      state: v.variant("status", [
        v.object({ status: v.literal("SHUT") }),
        v.object({ status: v.literal("RUNNING"), litres: v.number() }),
      ]),
      initialState: { status: "SHUT" },
      events: { Turned: type({ litres: "number" }), Shut: v.object({}) },
      commands: { Turn: v.object({ litres: v.pipe(v.number(), v.minValue(1)) }), Stop: type({}) },
      decide: {
        Turn: ({ data }, current, { Turned }) => {
          expectTypeOf(data).toEqualTypeOf<{ litres: number }>();
          expectTypeOf(current.status).toEqualTypeOf<"SHUT" | "RUNNING">();
          return [Turned(data)];
        },
        Stop: () => [{ type: "Shut", data: {} }],
      },
      evolve: {
        Turned: (_current, { data }) => ({ status: "RUNNING", litres: data.litres }),
        Shut: () => ({ status: "SHUT" }),
      },
    });
    expectTypeOf<StateOf<typeof tap>>().toEqualTypeOf<
      { status: "SHUT" } | { status: "RUNNING"; litres: number }
    >();
  });
});

describe("views", () => {
  const row = z.object({ total: z.number(), status: z.enum(["OPEN", "DONE"]), lines: z.array(z.string()) });
  const both = view({
    name: "both",
    from: [order, door],
    schema: row,
    key: (event) => {
      expectTypeOf(event.category).toEqualTypeOf<"order" | "door">();
      return event.type === "OrderPlaced" ? String(event.data.total) : event.aggregateId;
    },
    indexes: ["total", "status"],
    on: {
      OrderPlaced: (before, { data }) => {
        expectTypeOf(before).toEqualTypeOf<z.infer<typeof row> | undefined>();
        expectTypeOf(data.placedAt).toEqualTypeOf<Date>();
        return { total: data.total, status: "OPEN", lines: [] };
      },
      Opened: () => ({ total: 0, status: "DONE", lines: [] }),
      Closed: () => undefined,
    },
  });

  test("carry their rows", () => {
    expectTypeOf<RowOf<typeof both>>().toEqualTypeOf<z.infer<typeof row>>();
  });

  test("find a wrong row, event or index", () => {
    view({
      name: "v",
      from: [order],
      schema: row,
      // @ts-expect-error: total is a number
      on: { OrderPlaced: () => ({ total: "1", status: "OPEN", lines: [] }) },
    });
    // @ts-expect-error: Opened is none of order's
    view({ name: "v", from: [order], schema: row, on: { Opened: () => undefined } });
    // @ts-expect-error: sum is no field
    view({ name: "v", from: [order], schema: row, indexes: ["sum"], on: {} });
    // @ts-expect-error: lines is no scalar
    view({ name: "v", from: [order], schema: row, indexes: ["lines"], on: {} });
  });
});

describe("policies and services", () => {
  const cancel = policy({
    name: "cancel",
    from: [order],
    on: {
      OrderPlaced: async (event, { idempotencyKey, signal }) => {
        expectTypeOf(event.data.total).toBeNumber();
        expectTypeOf(idempotencyKey).toBeString();
        expectTypeOf(signal).toEqualTypeOf<AbortSignal>();
        return order.commands.CancelOrder(event.aggregateId, { reason: "test" });
      },
    },
  });

  test("name only what there is", () => {
    const parts = { name: "shop", aggregates: [order], policies: [cancel] } as const;
    service({
      ...parts,
      access: { aggregates: { order: { read: "anyone", commands: { CancelOrder: { role: "boss" } } } } },
    });
    // @ts-expect-error: orders
    service({ ...parts, access: { aggregates: { orders: { read: "anyone" } } } });
    // @ts-expect-error: Cancel
    service({ ...parts, access: { aggregates: { order: { commands: { Cancel: "anyone" } } } } });
    // @ts-expect-error: OrderShipped
    policy({ name: "p", from: [order], on: { OrderShipped: () => undefined } });
  });
});
