import { publish } from "millrace";
import { z } from "zod";
import { payment, paymentStatus } from "./payment.ts";

const orderId = z.string();
const amount = z.int();

const paymentSucceeded = publish({
  type: "PaymentSucceeded",
  from: payment,
  on: "PaymentSucceeded",
  schema: z.object({ orderId, amount, at: z.iso.datetime() }),
  data: ({ data, recordedAt }) => ({ ...data, at: new Date(recordedAt).toISOString() }),
});

const paymentFailed = publish({
  type: "PaymentFailed",
  from: payment,
  on: "PaymentFailed",
  schema: z.object({ orderId, reason: z.string() }),
  data: ({ data }) => data,
});

const statusAfter = {
  PaymentCreated: "PAYMENT_CREATED",
  PaymentConnected: "ORDER_CONNECTED",
  PaymentProcessed: "PAYMENT_PROCESSED",
  PaymentSucceeded: "PAYMENT_SUCCEEDED",
  PaymentFailed: "PAYMENT_FAILED",
  PaymentCancelled: "PAYMENT_FAILED",
} as const;

/** How a payment fares. Its subject is the payment, which has the id of its order. */
const paymentChanged = publish({
  type: "PaymentChanged",
  from: payment,
  on: [
    "PaymentCreated",
    "PaymentConnected",
    "PaymentProcessed",
    "PaymentSucceeded",
    "PaymentFailed",
    "PaymentCancelled",
  ],
  schema: z.object({ status: paymentStatus }),
  data: ({ type }) => ({ status: statusAfter[type] }),
});

export const publications = [paymentSucceeded, paymentFailed, paymentChanged] as const;
