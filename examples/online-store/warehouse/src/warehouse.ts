import { aggregate } from "millrace";
import { z } from "zod";
import { productId, quantity } from "./quantities.ts";

/** A place that holds products. What it has of each is that product's inventory. */
export const warehouse = aggregate({
  name: "warehouse",
  collection: "warehouses",
  state: z.discriminatedUnion("status", [
    z.object({ status: z.literal("NONE") }),
    z.object({ status: z.literal("WAREHOUSE_CREATED"), name: z.string() }),
  ]),
  initialState: { status: "NONE" },
  events: {
    WarehouseCreated: z.object({ name: z.string() }),
    InventoryAdded: z.object({ productId, quantity }),
  },
  commands: {
    CreateWarehouse: z.object({ name: z.string().trim().min(1).max(100) }),
    AddInventory: z.object({ productId, quantity }),
  },
  creates: "CreateWarehouse",
  begins: "WarehouseCreated",
  decide: {
    CreateWarehouse: ({ data }, _state, { WarehouseCreated }) => [WarehouseCreated(data)],
    AddInventory: ({ data }, _state, { InventoryAdded }) => [InventoryAdded(data)],
  },
  evolve: {
    WarehouseCreated: (_state, { data }) => ({ status: "WAREHOUSE_CREATED", ...data }),
    InventoryAdded: (state) => state,
  },
});
