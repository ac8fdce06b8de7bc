import { aggregate } from "millrace";
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
