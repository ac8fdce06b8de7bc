import { view } from "millrace";
import { z } from "zod";
import accounts from "../contracts/accounts.ts";
import orders from "../contracts/orders.ts";
import payments from "../contracts/payments.ts";
import warehouse from "../contracts/warehouse.ts";

const entry = z.object({
  /** The order that it is about; null for what is about an account as a whole. */
  orderId: z.string().nullable(),
  /** Known of what the accounts tell, and of an order's beginning and hold. */
  accountId: z.string().nullable(),
  service: z.enum(["accounts", "orders", "payments", "warehouse"]),
  what: z.string(),
  /** When this service heard of it, often of several at once. */
  at: z.int(),
  /** In which order it heard of them: that of each service, for what that service tells. */
  position: z.int(),
});

/**
 * What happened to orders and accounts in all services, an entry for each event: ask by `orderId` or `accountId`, and sort by
 * `position`.
 */
export const timeline = view({
  name: "timeline",
  from: [accounts, orders, payments, warehouse],
  schema: entry,
  key: (event) => event.id,
  indexes: ["orderId", "accountId", "service", "at", "position"],
  on: {
    AccountChanged: (_entry, { aggregateId, data, recordedAt, position }) => ({
      orderId: null,
      accountId: aggregateId,
      service: "accounts",
      what: data.status,
      at: recordedAt,
      position,
    }),
    OrderPlaced: (_entry, { aggregateId, data, recordedAt, position }) => ({
      orderId: aggregateId,
      accountId: data.accountId,
      service: "orders",
      what: `placed for ${data.total}`,
      at: recordedAt,
      position,
    }),
    OrderChanged: (_entry, { aggregateId, data, recordedAt, position }) => ({
      orderId: aggregateId,
      accountId: null,
      service: "orders",
      what: data.status,
      at: recordedAt,
      position,
    }),
    OrderHoldChanged: (_entry, { aggregateId, data, recordedAt, position }) => ({
      orderId: aggregateId,
      accountId: data.accountId,
      service: "orders",
      what: data.isHeld ? "held" : "resumed",
      at: recordedAt,
      position,
    }),
    PaymentChanged: (_entry, { aggregateId, data, recordedAt, position }) => ({
      orderId: aggregateId,
      accountId: null,
      service: "payments",
      what: data.status,
      at: recordedAt,
      position,
    }),
    ReservationChanged: (_entry, { data, recordedAt, position }) => ({
      orderId: data.orderId,
      accountId: null,
      service: "warehouse",
      what: data.status,
      at: recordedAt,
      position,
    }),
  },
});
