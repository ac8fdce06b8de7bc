import { type PolicyContext, policy } from "millrace";
import { allocation } from "./allocation.ts";
import { inventory, inventoryId } from "./inventory.ts";
import { demandOf, type LineItem } from "./quantities.ts";
import { stock } from "./views.ts";
import { warehouse } from "./warehouse.ts";

/** What is delivered to a warehouse becomes available. */
export const shelveDeliveries = policy({
  name: "shelve-deliveries",
  from: [warehouse],
  on: {
    InventoryAdded: ({ aggregateId: warehouseId, data }) =>
      inventory.commands.ReceiveUnits(inventoryId(warehouseId, data.productId), { warehouseId, ...data }),
  },
});

/** Finds an order a warehouse that has every product; the inventories then have the last word, and the next one is tried. */
export const findWarehouse = policy({
  name: "find-warehouse",
  from: [allocation],
  on: {
    AllocationRequested: ({ aggregateId, data }, context) =>
      tryNext(aggregateId, data.lineItems, [], context),
    WarehouseRejected: ({ aggregateId, data }, context) =>
      tryNext(aggregateId, data.lineItems, data.tried, context),
  },
});

async function tryNext(
  orderId: string,
  lineItems: readonly LineItem[],
  tried: readonly string[],
  { rows }: Pick<PolicyContext, "rows">,
) {
  let candidates: readonly string[] | undefined;
  for (const [productId, quantity] of demandOf(lineItems)) {
    const found = await rows(stock, {
      where: { productId, available: { gte: quantity } },
      sort: { field: "available", direction: "desc" },
      limit: 1000,
    });
    const having = new Set(found.map(({ row }) => row.warehouseId));
    candidates = (candidates ?? [...having]).filter((id) => having.has(id) && !tried.includes(id));
  }
  const warehouseId = candidates?.[0];
  return warehouseId === undefined
    ? allocation.commands.FailAllocation(orderId, { reason: "no-warehouse-has-every-product" })
    : allocation.commands.TryWarehouse(orderId, { warehouseId });
}
