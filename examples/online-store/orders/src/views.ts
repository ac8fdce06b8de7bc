import { view } from "millrace";
import { z } from "zod";
import { order, orderStatus } from "./order.ts";

const orderRow = z.object({
  accountId: z.string(),
  status: orderStatus,
  /** Why it failed. */
  reason: z.string().nullable(),
  /** In minor units. */
  total: z.int(),
  lineItems: z.array(z.object({ productId: z.string(), quantity: z.int(), unitPrice: z.int() })),
  warehouseId: z.string().nullable(),
  paymentId: z.string().nullable(),
  /** Whether it waits until its account is active again. */
  isHeld: z.boolean(),
  createdAt: z.int(),
  lastModified: z.int(),
});

type OrderRow = z.infer<typeof orderRow>;

/** Every order as it is. */
export const orders = view({
  name: "orders",
  from: [order],
  schema: orderRow,
  indexes: ["accountId", "status", "total", "isHeld", "createdAt", "lastModified"],
  on: {
    OrderCreated: (_row, { data, recordedAt }) => ({
      ...data,
      status: "ORDER_CREATED",
      reason: null,
      warehouseId: null,
      paymentId: null,
      isHeld: false,
      createdAt: recordedAt,
      lastModified: recordedAt,
    }),
    OrderAccountConnected: (row, event) => changed(row, event, { status: "ACCOUNT_CONNECTED" }),
    OrderReservationRequested: (row, event) => changed(row, event, { status: "RESERVATION_PENDING" }),
    OrderReserved: (row, event) =>
      changed(row, event, { status: "RESERVATION_SUCCEEDED", warehouseId: event.data.warehouseId }),
    OrderReservationFailed: (row, event) =>
      changed(row, event, { status: "RESERVATION_FAILED", reason: event.data.reason }),
    OrderPaymentCreated: (row, event) =>
      changed(row, event, { status: "PAYMENT_CREATED", paymentId: event.data.paymentId }),
    OrderPaymentRequested: (row, event) => changed(row, event, { status: "PAYMENT_PENDING" }),
    OrderPaid: (row, event) => changed(row, event, { status: "PAYMENT_SUCCEEDED" }),
    OrderPaymentFailed: (row, event) =>
      changed(row, event, { status: "PAYMENT_FAILED", reason: event.data.reason }),
    OrderHeld: (row, event) => changed(row, event, { isHeld: true }),
    OrderResumed: (row, event) => changed(row, event, { isHeld: false }),
    OrderSucceeded: (row, event) => changed(row, event, { status: "ORDER_SUCCEEDED", isHeld: false }),
    OrderFailed: (row, event) =>
      changed(row, event, { status: "ORDER_FAILED", reason: event.data.reason, isHeld: false }),
  },
});

function changed(
  row: OrderRow | undefined,
  { recordedAt }: { readonly recordedAt: number },
  change: Partial<OrderRow>,
): OrderRow | undefined {
  return row && { ...row, ...change, lastModified: recordedAt };
}
