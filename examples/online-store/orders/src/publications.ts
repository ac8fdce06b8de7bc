import { publish } from "millrace";
import { z } from "zod";
import { order, orderStatus } from "./order.ts";

const statusAfter = {
  OrderCreated: "ORDER_CREATED",
  OrderAccountConnected: "ACCOUNT_CONNECTED",
  OrderReservationRequested: "RESERVATION_PENDING",
  OrderReserved: "RESERVATION_SUCCEEDED",
  OrderReservationFailed: "RESERVATION_FAILED",
  OrderPaymentCreated: "PAYMENT_CREATED",
  OrderPaymentRequested: "PAYMENT_PENDING",
  OrderPaid: "PAYMENT_SUCCEEDED",
  OrderPaymentFailed: "PAYMENT_FAILED",
  OrderSucceeded: "ORDER_SUCCEEDED",
  OrderFailed: "ORDER_FAILED",
} as const;

const types = Object.keys(statusAfter) as (keyof typeof statusAfter)[];

/** How an order fares. */
const orderChanged = publish({
  type: "OrderChanged",
  from: order,
  on: types,
  schema: z.object({ status: orderStatus }),
  data: ({ type }) => ({ status: statusAfter[type] }),
});

/** An order waits for its account, or waits no more. */
const orderHoldChanged = publish({
  type: "OrderHoldChanged",
  from: order,
  on: ["OrderHeld", "OrderResumed"],
  schema: z.object({ accountId: z.string(), isHeld: z.boolean() }),
  data: ({ type, data }) => ({ ...data, isHeld: type === "OrderHeld" }),
});

/** Whose order it is. */
const orderPlaced = publish({
  type: "OrderPlaced",
  from: order,
  on: "OrderCreated",
  schema: z.object({ accountId: z.string(), total: z.int() }),
  data: ({ data: { accountId, total } }) => ({ accountId, total }),
});

/** An order that ended well is revenue. */
const orderCompleted = publish({
  type: "OrderCompleted",
  from: order,
  on: "OrderSucceeded",
  schema: z.object({ accountId: z.string(), total: z.int(), at: z.iso.datetime() }),
  data: ({ data, recordedAt }) => ({ ...data, at: new Date(recordedAt).toISOString() }),
});

export const publications = [orderPlaced, orderChanged, orderHoldChanged, orderCompleted] as const;
