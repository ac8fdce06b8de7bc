import { project } from "millrace/testing";
import { describe, test } from "vitest";
import orders from "../contracts/orders.ts";
import warehouse from "../contracts/warehouse.ts";
import { revenuePerDay, stockLevels } from "../src/figures.ts";

describe("the revenue of a day", () => {
  const completed = (total: number, at: string) =>
    ({ type: "OrderCompleted", data: { accountId: "a1", total, at } }) as const;

  test("is what the orders that ended well on it came to, by the time of their end", () => {
    project(revenuePerDay)
      .at(Date.parse("2026-03-05T10:00:00Z"))
      .of(orders, "o1", completed(1250, "2026-03-01T00:00:00Z"))
      .of(orders, "o2", completed(250, "2026-03-01T23:59:59.999Z"))
      .of(orders, "o3", completed(10, "2026-03-02T00:00:00Z"))
      .expectRows({
        "2026-03-01": { day: "2026-03-01", orders: 2, revenue: 1500 },
        "2026-03-02": { day: "2026-03-02", orders: 1, revenue: 10 },
      });
  });

  test("counts orders that cost nothing", () => {
    project(revenuePerDay)
      .of(orders, "o1", completed(0, "2026-03-01T12:00:00Z"))
      .expectRows({ "2026-03-01": { day: "2026-03-01", orders: 1, revenue: 0 } });
  });

  test("knows nothing of orders that are open, or failed", () => {
    project(revenuePerDay)
      .of(
        orders,
        "o1",
        { type: "OrderPlaced", data: { accountId: "a1", total: 1250 } },
        { type: "OrderChanged", data: { status: "ORDER_FAILED" } },
        { type: "OrderHoldChanged", data: { accountId: "a1", isHeld: true } },
      )
      .expectRows({});
  });
});

describe("the stock levels", () => {
  const changed = (productId: string, available: number, reserved: number, sold: number) =>
    ({ type: "StockChanged", data: { warehouseId: "w1", productId, available, reserved, sold } }) as const;
  const tea = { warehouseId: "w1", productId: "tea" };

  test("are the sums of the changes, for each product of each warehouse", () => {
    project(stockLevels)
      .of(warehouse, "w1:tea", changed("tea", 10, 0, 0), changed("tea", -4, 4, 0))
      .of(warehouse, "w1:cup", changed("cup", 3, 0, 0))
      .expectRows({
        "w1:tea": { ...tea, available: 6, reserved: 4, sold: 0 },
        "w1:cup": { warehouseId: "w1", productId: "cup", available: 3, reserved: 0, sold: 0 },
      });
  });

  test("come back to what was received, as units are released and sold", () => {
    project(stockLevels)
      .of(
        warehouse,
        "w1:tea",
        changed("tea", 10, 0, 0),
        changed("tea", -4, 4, 0),
        changed("tea", -3, 3, 0),
        changed("tea", 4, -4, 0),
        changed("tea", 0, -3, 3),
      )
      .expectRows({ "w1:tea": { ...tea, available: 7, reserved: 0, sold: 3 } });
  });

  test("know nothing of how orders fare", () => {
    project(stockLevels)
      .of(warehouse, "o1", { type: "OrderAllocated", data: { warehouseId: "w1" } })
      .of(warehouse, "o2", { type: "AllocationFailed", data: { reason: "sold-out" } })
      .of(warehouse, "o1.1.1", {
        type: "ReservationChanged",
        data: { orderId: "o1", status: "RESERVATION_CREATED" },
      })
      .expectRows({});
  });
});
