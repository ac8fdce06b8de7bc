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
  at: z.int(),
});

/** What happened to orders and accounts in all services, an entry for each event: ask by `orderId` or `accountId`, and sort by `at`. */
export const timeline = view({
  name: "timeline",
  from: [accounts, orders, payments, warehouse],
  schema: entry,
  key: (event) => event.id,
  indexes: ["orderId", "accountId", "service", "at"],
  on: {
    AccountChanged: (_entry, { aggregateId, data, recordedAt }) => ({
      orderId: null,
      accountId: aggregateId,
      service: "accounts",
      what: data.status,
      at: recordedAt,
    }),
    OrderPlaced: (_entry, { aggregateId, data, recordedAt }) => ({
      orderId: aggregateId,
      accountId: data.accountId,
      service: "orders",
      what: `placed for ${data.total}`,
      at: recordedAt,
    }),
    OrderChanged: (_entry, { aggregateId, data, recordedAt }) => ({
      orderId: aggregateId,
      accountId: null,
      service: "orders",
      what: data.status,
      at: recordedAt,
    }),
    OrderHoldChanged: (_entry, { aggregateId, data, recordedAt }) => ({
      orderId: aggregateId,
      accountId: data.accountId,
      service: "orders",
      what: data.isHeld ? "held" : "resumed",
      at: recordedAt,
    }),
    PaymentChanged: (_entry, { aggregateId, data, recordedAt }) => ({
      orderId: aggregateId,
      accountId: null,
      service: "payments",
      what: data.status,
      at: recordedAt,
    }),
    ReservationChanged: (_entry, { data, recordedAt }) => ({
      orderId: data.orderId,
      accountId: null,
      service: "warehouse",
      what: data.status,
      at: recordedAt,
    }),
  },
});
