import { view } from "millrace";
import { z } from "zod";
import orders from "../contracts/orders.ts";
import warehouse from "../contracts/warehouse.ts";

/** What orders that ended well came to on each day (UTC), in minor units. */
export const revenuePerDay = view({
  name: "revenue-per-day",
  from: [orders],
  schema: z.object({ day: z.iso.date(), orders: z.int(), revenue: z.int() }),
  key: (event) => (event.type === "OrderCompleted" ? event.data.at.slice(0, 10) : undefined),
  indexes: ["day"],
  on: {
    OrderCompleted: (row, { data }) => ({
      day: data.at.slice(0, 10),
      orders: (row?.orders ?? 0) + 1,
      revenue: (row?.revenue ?? 0) + data.total,
    }),
  },
});

/** What each warehouse has of each product, by `warehouseId:productId`. */
export const stockLevels = view({
  name: "stock-levels",
  from: [warehouse],
  schema: z.object({
    warehouseId: z.string(),
    productId: z.string(),
    available: z.int(),
    reserved: z.int(),
    sold: z.int(),
  }),
  key: (event) =>
    event.type === "StockChanged" ? `${event.data.warehouseId}:${event.data.productId}` : undefined,
  indexes: ["warehouseId", "productId"],
  on: {
    StockChanged: (row, { data: { warehouseId, productId, available, reserved, sold } }) => ({
      warehouseId,
      productId,
      available: (row?.available ?? 0) + available,
      reserved: (row?.reserved ?? 0) + reserved,
      sold: (row?.sold ?? 0) + sold,
    }),
  },
});
