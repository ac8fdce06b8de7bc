import {
  aggregate,
  type Contract,
  type ContractDocument,
  contract,
  type EventOf,
  policy,
  publish,
  readContract,
  service,
  shape,
  type TypesOf,
  view,
} from "millrace";
import { describe, expectTypeOf, test } from "vitest";
import { z } from "zod";

const instant = z.iso.datetime().transform((text) => new Date(text));

const order = aggregate({
  name: "order",
  collection: "orders",
  state: z.object({ status: z.enum(["NONE", "PLACED"]) }),
  initialState: { status: "NONE" },
  events: {
    OrderPlaced: z.object({ total: z.number(), placedAt: instant }),
    OrderCancelled: z.object({ reason: z.string() }),
  },
  commands: {
    PlaceOrder: z.object({ total: z.number(), note: z.string().default("") }),
    CancelOrder: z.object({ reason: z.string() }),
  },
  decide: { PlaceOrder: () => [], CancelOrder: () => [] },
  evolve: { OrderPlaced: (state) => state, OrderCancelled: (state) => state },
});

const orders = view({
  name: "orders",
  from: [order],
  schema: z.object({ total: z.number() }),
  on: { OrderPlaced: (_row, { data }) => ({ total: data.total }) },
});

const placed = publish({
  type: "OrderPlaced",
  from: order,
  on: "OrderPlaced",
  schema: z.object({ total: z.number() }),
  data: (event) => {
    expectTypeOf(event.type).toEqualTypeOf<"OrderPlaced">();
    expectTypeOf(event.category).toEqualTypeOf<"order">();
    expectTypeOf(event.data).toEqualTypeOf<{ total: number; placedAt: Date }>();
    return { total: event.data.total };
  },
});
/** Published beside version 1 until the last reader has its contract. */
const placedNow = publish({
  type: "OrderPlaced",
  version: 2,
  from: order,
  on: "OrderPlaced",
  schema: z.object({ cents: z.int() }),
  data: ({ data }) => ({ cents: data.total * 100 }),
});
const changed = publish({
  type: "OrderChanged",
  from: order,
  on: ["OrderPlaced", "OrderCancelled"],
  schema: z.object({ kind: z.enum(["placed", "cancelled"]), seenAt: instant.optional() }),
  data: (event) => {
    expectTypeOf(event.type).toEqualTypeOf<"OrderPlaced" | "OrderCancelled">();
    if (event.type === "OrderCancelled") return event.data.reason === "" ? undefined : { kind: "cancelled" };
    return [{ kind: "placed" }, { kind: "placed", seenAt: event.data.placedAt.toISOString() }];
  },
});

const webShop = service({
  name: "web-shop",
  aggregates: [order],
  views: [orders],
  publishes: [placed, placedNow, changed],
});
const shop = contract(webShop);

interface ShopTypes {
  readonly service: "web-shop";
  readonly events: {
    readonly OrderPlaced: { cents: number };
    readonly OrderChanged: { kind: "placed" | "cancelled"; seenAt?: string | undefined };
  };
  readonly commands: {
    readonly order: {
      readonly PlaceOrder: { total: number; note?: string | undefined };
      readonly CancelOrder: { reason: string };
    };
  };
  readonly views: { readonly orders: { total: number } };
}

describe("publications", () => {
  test("keep literals, also of a function without parameters", () => {
    publish({
      type: "OrderChanged",
      from: order,
      on: "OrderCancelled",
      schema: z.object({ kind: z.literal("cancelled"), at: z.literal([1, 2]) }),
      data: () => ({ kind: "cancelled", at: 1 }),
    });
    publish({
      type: "OrderChanged",
      from: order,
      on: "OrderCancelled",
      schema: shape<{ kind: "a" } | { kind: "b"; tags: readonly ("x" | "y")[] }>(),
      data: () => [{ kind: "a" }, { kind: "b", tags: ["x"] }],
    });
  });

  test("of data that are lists tell them from lists of integration events", () => {
    const lists = { type: "Lists", from: order, on: "OrderPlaced", schema: z.array(z.number()) } as const;
    publish({ ...lists, data: () => [[1, 2], [3]] });
    publish({ ...lists, data: () => undefined });
    // @ts-expect-error: two integration events of a number each, or one of a list?
    publish({ ...lists, data: () => [1, 2] });
  });
});

describe("a contract", () => {
  test("has what a service publishes, takes and shows, in the newest versions", () => {
    expectTypeOf<(typeof webShop)["types"]>().toEqualTypeOf<ShopTypes>();
    expectTypeOf(shop).toEqualTypeOf<Contract<ShopTypes>>();
    expectTypeOf(shop.name).toEqualTypeOf<"web-shop">();
    expectTypeOf(shop.document).toEqualTypeOf<ContractDocument>();
  });

  test("has the newest versions also where they are declared within the service", () => {
    const parts = { type: "OrderPlaced", from: order, on: "OrderPlaced" } as const;
    const within = service({
      name: "within",
      aggregates: [order],
      publishes: [
        publish({ ...parts, schema: z.object({ total: z.number() }), data: () => undefined }),
        publish({ ...parts, version: 2, schema: z.object({ cents: z.int() }), data: () => undefined }),
      ],
    });
    expectTypeOf<(typeof within)["types"]["events"]["OrderPlaced"]>().toEqualTypeOf<{ cents: number }>();
  });

  test("of a service that publishes nothing has no events", () => {
    const quiet = contract(service({ name: "quiet", aggregates: [order] }));
    expectTypeOf<keyof (typeof quiet)["types"]["events"]>().toBeNever();
    expectTypeOf<EventOf<typeof quiet>>().toBeNever();
    expectTypeOf<keyof (typeof quiet)["commands"]>().toEqualTypeOf<"order">();
  });

  test("makes calls of the service's commands, from the input side", () => {
    const call = shop.commands.order.PlaceOrder("o1", { total: 1 });
    expectTypeOf(call.type).toEqualTypeOf<"PlaceOrder">();
    expectTypeOf(call.data).toEqualTypeOf<{ total: number; note?: string | undefined }>();
  });

  test("can be read from its document and types", () => {
    const read = readContract<ShopTypes>(shop.document);
    expectTypeOf(read).toEqualTypeOf<typeof shop>();
    expectTypeOf<TypesOf<typeof shop>>().toEqualTypeOf<ShopTypes>();
    const upcast = { OrderPlaced: { 1: (data: { total: number }) => ({ cents: data.total * 100 }) } };
    expectTypeOf(readContract<TypesOf<typeof read>>(read.document, { upcast })).toEqualTypeOf<typeof shop>();
  });
});

describe("integration events of others", () => {
  type ShopEvent = EventOf<typeof shop>;

  test("are a union over their types, in the category of the service", () => {
    expectTypeOf<ShopEvent["type"]>().toEqualTypeOf<"OrderPlaced" | "OrderChanged">();
    expectTypeOf<ShopEvent["category"]>().toEqualTypeOf<"@web_shop">();
    expectTypeOf<
      EventOf<Contract<Omit<ShopTypes, "service"> & { service: "accounts" }>>["category"]
    >().toEqualTypeOf<"@accounts">();
  });

  test("are typed in views and policies, beside those of aggregates", () => {
    view({
      name: "spent",
      from: [shop, order],
      schema: z.object({ cents: z.number() }),
      key: (event) => {
        expectTypeOf(event.category).toEqualTypeOf<"@web_shop" | "order">();
        return event.category === "order" ? undefined : event.type;
      },
      on: {
        OrderChanged: (row, { data, category }) => {
          expectTypeOf(category).toEqualTypeOf<"@web_shop">();
          expectTypeOf(data.seenAt).toEqualTypeOf<string | undefined>();
          return row;
        },
        OrderPlaced: (row, event) => {
          if (event.category === "order") return row;
          expectTypeOf(event.data).toEqualTypeOf<{ cents: number }>();
          return { cents: (row?.cents ?? 0) + event.data.cents };
        },
      },
    });
    policy({
      name: "cancel",
      from: [shop],
      on: {
        OrderPlaced: ({ data, aggregateId }) =>
          data.cents > 0 ? shop.commands.order.CancelOrder(aggregateId, { reason: "dear" }) : undefined,
      },
    });
  });

  test("need no aggregate in the service that uses them", () => {
    const reader = service({ name: "reader", uses: [shop, { contract: shop, unknownTypes: "stop" }] });
    expectTypeOf<(typeof reader)["types"]["commands"]>().toEqualTypeOf<Record<never, never>>();
  });
});
