import { project } from "millrace/testing";
import { expect, test } from "vitest";
import accounts from "../contracts/accounts.ts";
import orders from "../contracts/orders.ts";
import payments from "../contracts/payments.ts";
import warehouse from "../contracts/warehouse.ts";
import { timeline } from "../src/timeline.ts";

const ofOrder = { orderId: "o1", accountId: null, at: 0 };
const placed = { type: "OrderPlaced", data: { accountId: "a1", total: 1250 } } as const;
const orderCreated = { type: "OrderChanged", data: { status: "ORDER_CREATED" } } as const;
const suspended = { type: "AccountChanged", data: { status: "ACCOUNT_SUSPENDED" } } as const;
const reserved = {
  type: "ReservationChanged",
  data: { orderId: "o1", status: "RESERVATION_SUCCEEDED" },
} as const;
const paid = { type: "PaymentChanged", data: { status: "PAYMENT_SUCCEEDED" } } as const;

test("what all services tell of an order has an entry each, in the order in which it was told", () => {
  const { rows } = project(timeline)
    .at(1000)
    .of(orders, "o1", placed, orderCreated)
    .at(2000)
    .of(warehouse, "o1.1.1", reserved)
    .at(3000)
    .of(payments, "o1", paid)
    .at(4000)
    .of(orders, "o1", { type: "OrderChanged", data: { status: "ORDER_SUCCEEDED" } })
    .of(orders, "o2", placed);
  const entries = Object.values(rows).filter(({ orderId }) => orderId === "o1");
  expect(entries.sort((one, other) => one.position - other.position)).toEqual([
    { ...ofOrder, accountId: "a1", service: "orders", what: "placed for 1250", at: 1000, position: 1 },
    { ...ofOrder, service: "orders", what: "ORDER_CREATED", at: 1000, position: 2 },
    { ...ofOrder, service: "warehouse", what: "RESERVATION_SUCCEEDED", at: 2000, position: 3 },
    { ...ofOrder, service: "payments", what: "PAYMENT_SUCCEEDED", at: 3000, position: 4 },
    { ...ofOrder, service: "orders", what: "ORDER_SUCCEEDED", at: 4000, position: 5 },
  ]);
});

test("what is told of an account stands beside what becomes of its orders for it", () => {
  const { rows } = project(timeline)
    .of(accounts, "a1", suspended)
    .of(
      orders,
      "o1",
      { type: "OrderHoldChanged", data: { accountId: "a1", isHeld: true } },
      { type: "OrderHoldChanged", data: { accountId: "a1", isHeld: false } },
    )
    .of(accounts, "a2", suspended);
  expect(Object.values(rows).filter(({ accountId }) => accountId === "a1")).toEqual([
    { orderId: null, accountId: "a1", service: "accounts", what: "ACCOUNT_SUSPENDED", at: 0, position: 1 },
    { orderId: "o1", accountId: "a1", service: "orders", what: "held", at: 0, position: 2 },
    { orderId: "o1", accountId: "a1", service: "orders", what: "resumed", at: 0, position: 3 },
  ]);
});

test("what is told twice over, or of no order and no account, has no entry", () => {
  project(timeline)
    .of(orders, "o1", {
      type: "OrderCompleted",
      data: { accountId: "a1", total: 1250, at: "2026-03-01T12:00:00Z" },
    })
    .of(payments, "o1", {
      type: "PaymentSucceeded",
      data: { orderId: "o1", amount: 1250, at: "2026-03-01T12:00:00Z" },
    })
    .of(payments, "o2", { type: "PaymentFailed", data: { orderId: "o2", reason: "no-cover" } })
    .of(warehouse, "o1", { type: "OrderAllocated", data: { warehouseId: "w1" } })
    .of(warehouse, "o2", { type: "AllocationFailed", data: { reason: "sold-out" } })
    .of(warehouse, "w1:tea", {
      type: "StockChanged",
      data: { warehouseId: "w1", productId: "tea", available: 1, reserved: 0, sold: 0 },
    })
    .expectRows({});
});
