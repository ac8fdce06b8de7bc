import { z } from "zod";

/** As it can stand in an id: an inventory is `warehouseId:productId`. */
export const productId = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, "must be 1 to 64 letters, digits, dots, underscores or dashes");

/** Units: at least one. */
export const quantity = z.int().min(1).max(1_000_000);

export const lineItem = z.object({ productId, quantity });

export type LineItem = z.infer<typeof lineItem>;

/** What is needed of each product, however many lines name it. */
export function demandOf(lineItems: readonly LineItem[]): ReadonlyMap<string, number> {
  const demand = new Map<string, number>();
  for (const line of lineItems) {
    demand.set(line.productId, (demand.get(line.productId) ?? 0) + line.quantity);
  }
  return demand;
}
