import { aggregate, contract, policy, publish, readContract, service, view } from "millrace";
import { describe, test } from "vitest";
import { z } from "zod";

const placed = { total: z.number(), placedAt: z.string() };
const state = z.discriminatedUnion("status", [
  z.object({ status: z.literal("NONE") }),
  z.object({ status: z.literal("PLACED"), ...placed }),
]);

describe("mistakes that the compiler finds in an aggregate", () => {
  const parts = {
    name: "order",
    collection: "orders",
    state,
    initialState: { status: "NONE" },
    events: { OrderPlaced: z.object({ total: z.number() }) },
    commands: { PlaceOrder: z.object({ total: z.number() }) },
  } as const;
  const evolve = {
    OrderPlaced: (_state: unknown, { data }: { data: { total: number } }) =>
      ({ status: "PLACED", total: data.total, placedAt: "" }) as const,
  };

  test("and none where there is none, also in handlers without parameters", () => {
    const decide = { PlaceOrder: () => [] };
    aggregate({ ...parts, evolve, decide });
    aggregate({
      ...parts,
      evolve,
      decide: { PlaceOrder: () => [{ type: "OrderPlaced", data: { total: 1 } }] },
      creates: "PlaceOrder",
      begins: "OrderPlaced",
    });
    aggregate({
      ...parts,
      evolve: { OrderPlaced: () => ({ status: "PLACED", total: 1, placedAt: "" }) },
      decide: { PlaceOrder: (_c, _s, { OrderPlaced }) => [OrderPlaced({ total: 1 })] },
      unique: { total: "taken" },
    });
  });

  test("a state built on what an event has only once it is recorded", () => {
    aggregate({
      ...parts,
      evolve: {
        // @ts-expect-error: recordedAt
        OrderPlaced: (_s, { recordedAt }) => ({ status: "PLACED", total: recordedAt, placedAt: "" }),
      },
      decide: { PlaceOrder: (_c, _s, { OrderPlaced }) => [OrderPlaced({ total: 1 })] },
    });
  });

  test("an event that is not declared", () => {
    aggregate({
      ...parts,
      evolve,
      // @ts-expect-error: OrderPlacd
      decide: { PlaceOrder: () => [{ type: "OrderPlacd", data: { total: 1 } }] },
    });
  });

  test("data that does not fit the event", () => {
    aggregate({
      ...parts,
      evolve,
      // @ts-expect-error: total is a number
      decide: { PlaceOrder: (_c, _s, { OrderPlaced }) => [OrderPlaced({ total: "1" })] },
    });
  });

  test("a handler that is missing", () => {
    // @ts-expect-error: PlaceOrder
    aggregate({ ...parts, evolve, decide: {} });
    // @ts-expect-error: OrderPlaced
    aggregate({ ...parts, evolve: {}, decide: { PlaceOrder: () => [] } });
  });

  test("a state that is none", () => {
    const decide = { PlaceOrder: () => [] };
    aggregate({
      ...parts,
      decide,
      // @ts-expect-error: PLACD
      evolve: { OrderPlaced: () => ({ status: "PLACD", total: 1, placedAt: "" }) },
    });
    // @ts-expect-error: NOTHING
    aggregate({ ...parts, decide, evolve, initialState: { status: "NOTHING" } });
  });

  test("a creating command or first event that is not declared, or does not come first", () => {
    const decide = { PlaceOrder: () => [] };
    // @ts-expect-error: Place
    aggregate({ ...parts, decide, evolve, creates: "Place", begins: "OrderPlaced" });
    aggregate({
      ...parts,
      // @ts-expect-error: a creating command must begin the stream
      decide: { PlaceOrder: () => [] },
      evolve,
      creates: "PlaceOrder",
      begins: "OrderPlaced",
    });
  });

  test("a unique field that the state does not have", () => {
    // @ts-expect-error: nummer
    aggregate({ ...parts, decide: { PlaceOrder: () => [] }, evolve, unique: { nummer: "taken" } });
  });
});

describe("mistakes that the compiler finds in what a service publishes and uses", () => {
  const order = aggregate({
    name: "order",
    collection: "orders",
    state,
    initialState: { status: "NONE" },
    events: { OrderPlaced: z.object({ total: z.number() }), OrderLost: z.object({ why: z.string() }) },
    commands: { PlaceOrder: z.object({ total: z.number() }) },
    decide: { PlaceOrder: () => [] },
    evolve: { OrderPlaced: (before) => before, OrderLost: (before) => before },
  });
  const parts = { type: "OrderPlaced", from: order, schema: z.object({ total: z.number() }) } as const;
  const placed = publish({ ...parts, on: "OrderPlaced", data: ({ data }) => data });
  const shop = contract(service({ name: "shop", aggregates: [order], publishes: [placed] }));
  type ShopTypes = {
    service: "shop";
    events: { OrderPlaced: { total: number } };
    commands: Record<never, never>;
    views: Record<never, never>;
  };
  const row = z.object({ total: z.number() });

  test("a domain event that there is not", () => {
    // @ts-expect-error: OrderPlacd
    publish({ ...parts, on: "OrderPlacd", data: () => undefined });
    // @ts-expect-error: OrderGone
    publish({ ...parts, on: ["OrderPlaced", "OrderGone"], data: () => undefined });
  });

  test("data that does not fit, or is not always there", () => {
    // @ts-expect-error: total is a number
    publish({ ...parts, on: "OrderPlaced", data: () => ({ total: "1" }) });
    // @ts-expect-error: total is missing in the second
    publish({ ...parts, on: "OrderPlaced", data: ({ data }) => [data, {}] });
    // @ts-expect-error: OrderLost has no total
    publish({ ...parts, on: ["OrderPlaced", "OrderLost"], data: ({ data }) => ({ total: data.total }) });
    // @ts-expect-error: a mapping cannot wait
    publish({ ...parts, on: "OrderPlaced", data: async ({ data }) => data });
    // @ts-expect-error: what is no object cannot gain a field
    publish({ ...parts, on: "OrderPlaced", schema: z.number(), data: () => 1 });
  });

  test("an integration event, a field or a command that a contract does not name", () => {
    // @ts-expect-error: OrderLost is not published
    view({ name: "v", from: [shop], schema: row, on: { OrderLost: () => undefined } });
    // @ts-expect-error: OrderLost is not published
    policy({ name: "p", from: [shop], on: { OrderLost: () => undefined } });
    // @ts-expect-error: sum
    policy({ name: "p", from: [shop], on: { OrderPlaced: ({ data }) => void data.sum } });
    // @ts-expect-error: total is a number
    shop.commands.order.PlaceOrder("o1", { total: "1" });
    // @ts-expect-error: CancelOrder
    shop.commands.order.CancelOrder("o1", {});
    // @ts-expect-error: orders
    shop.commands.orders.PlaceOrder("o1", { total: 1 });
  });

  test("a contract without its types, or that is none", () => {
    // @ts-expect-error: total is unknown
    policy({ name: "p", from: [readContract(shop.document)], on: { OrderPlaced: ({ data }) => data.total } });
    // @ts-expect-error: of which service?
    readContract({ millraceContract: 1, events: {}, aggregates: {}, views: {} });
    // @ts-expect-error: OrderPlacd
    readContract<ShopTypes>(shop.document, { upcast: { OrderPlacd: {} } });
    // @ts-expect-error: an aggregate is no contract
    service({ name: "s", uses: [order] });
    // @ts-expect-error: wait
    service({ name: "s", uses: [{ contract: shop, unknownTypes: "wait" }] });
  });

  test("access rules for a view that there is not", () => {
    const orders = view({ name: "orders", from: [order], schema: row, on: {} });
    const shown = { name: "s", aggregates: [order], views: [orders] } as const;
    service({ ...shown, access: { views: { orders: { read: "anyone" } } } });
    // @ts-expect-error: order
    service({ ...shown, access: { views: { order: { read: "anyone" } } } });
  });
});
