import type { PolicyContext } from "millrace";
import { inventoryId } from "../src/inventory.ts";

/** Units of a product that a warehouse has. */
export type Available = readonly [warehouseId: string, productId: string, units: number];

/** The rows of the view of the stock as a policy asks for them: of one product, at least so many, most first. */
export function stockOf(...stock: readonly Available[]): PolicyContext["rows"] {
  const rows: PolicyContext["rows"] = async (_view, asked) => {
    const where = asked?.where as {
      readonly productId: string;
      readonly available: { readonly gte: number };
    };
    return stock
      .filter(([, productId, units]) => productId === where.productId && units >= where.available.gte)
      .sort(([, , one], [, , other]) => other - one)
      .map(([warehouseId, productId, available]) => ({
        key: inventoryId(warehouseId, productId),
        row: { warehouseId, productId, available, reserved: 0, sold: 0 } as never,
      }));
  };
  return rows;
}
