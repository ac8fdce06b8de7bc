import { view } from "millrace";
import { z } from "zod";
import { payment, paymentStatus } from "./payment.ts";

/** Every payment as it is. */
export const payments = view({
  name: "payments",
  from: [payment],
  schema: z.object({
    orderId: z.string(),
    accountId: z.string(),
    amount: z.int(),
    status: paymentStatus,
    reason: z.string().nullable(),
    reference: z.string().nullable(),
    createdAt: z.int(),
    lastModified: z.int(),
  }),
  indexes: ["orderId", "accountId", "status", "createdAt"],
  on: {
    PaymentCreated: (_row, { data, recordedAt }) => ({
      ...data,
      status: "PAYMENT_CREATED",
      reason: null,
      reference: null,
      createdAt: recordedAt,
      lastModified: recordedAt,
    }),
    PaymentConnected: (row, { recordedAt }) =>
      row && { ...row, status: "ORDER_CONNECTED", lastModified: recordedAt },
    PaymentProcessed: (row, { data, recordedAt }) =>
      row && { ...row, status: "PAYMENT_PROCESSED", reference: data.reference, lastModified: recordedAt },
    PaymentSucceeded: (row, { recordedAt }) =>
      row && { ...row, status: "PAYMENT_SUCCEEDED", lastModified: recordedAt },
    PaymentFailed: (row, { data, recordedAt }) =>
      row && { ...row, status: "PAYMENT_FAILED", reason: data.reason, lastModified: recordedAt },
    PaymentCancelled: (row, { recordedAt }) =>
      row && { ...row, status: "PAYMENT_FAILED", reason: "payment-cancelled", lastModified: recordedAt },
  },
});
