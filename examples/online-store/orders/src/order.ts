import { aggregate, references, refuse } from "millrace";
import { z } from "zod";
import accounts from "../contracts/accounts.ts";

export const orderStatus = z.enum([
  "ORDER_CREATED",
  "ACCOUNT_CONNECTED",
  "RESERVATION_PENDING",
  "RESERVATION_SUCCEEDED",
  "RESERVATION_FAILED",
  "PAYMENT_CREATED",
  "PAYMENT_PENDING",
  "PAYMENT_SUCCEEDED",
  "PAYMENT_FAILED",
  "ORDER_SUCCEEDED",
  "ORDER_FAILED",
]);

type Status = z.infer<typeof orderStatus>;

const lineItem = z.object({
  productId: z
    .string()
    .regex(
      /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/,
      "must be 1 to 64 letters, digits, dots, underscores or dashes",
    ),
  quantity: z.int().min(1).max(10_000),
  /** In minor units, such as cents. */
  unitPrice: z.int().min(0).max(100_000_000),
});

/** As it can stand in an id: `hold-orders` has an instance for each account. */
const accountId = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._:~@-]{0,199}$/, "must be the id of an account");
const placed = { accountId, lineItems: z.array(lineItem).min(1).max(100) };
const total = z.int();
const reason = z.string();
/** Whose order it is and what it comes to travel with its end: who follows accounts or money needs no more. */
const ending = { accountId, total };

/** An order: what an account wants, and how far it has come. What happens to it is `fulfil-order`'s to decide. */
export const order = aggregate({
  name: "order",
  collection: "orders",
  state: z.discriminatedUnion("status", [
    z.object({ status: z.literal("NONE") }),
    z.object({ status: orderStatus, ...placed, total, isHeld: z.boolean() }),
  ]),
  initialState: { status: "NONE" },
  events: {
    OrderCreated: z.object({ ...placed, total }),
    OrderAccountConnected: z.object({ accountId }),
    OrderReservationRequested: z.object({}),
    OrderReserved: z.object({ warehouseId: z.string() }),
    OrderReservationFailed: z.object({ reason }),
    OrderPaymentCreated: z.object({ paymentId: z.string() }),
    OrderPaymentRequested: z.object({ paymentId: z.string() }),
    OrderPaid: z.object({}),
    OrderPaymentFailed: z.object({ reason }),
    OrderHeld: z.object({ accountId }),
    OrderResumed: z.object({ accountId }),
    OrderSucceeded: z.object(ending),
    OrderFailed: z.object({ ...ending, reason }),
  },
  commands: {
    CreateOrder: z.object(placed),
    ConnectAccount: z.object({}),
    RequestReservation: z.object({}),
    RecordReservation: z.object({ warehouseId: z.string() }),
    FailReservation: z.object({ reason }),
    ConnectPayment: z.object({ paymentId: z.string() }),
    RecordPayment: z.object({}),
    FailPayment: z.object({ reason }),
    HoldOrder: z.object({}),
    ResumeOrder: z.object({}),
    CompleteOrder: z.object({}),
    FailOrder: z.object({ reason }),
  },
  creates: "CreateOrder",
  begins: "OrderCreated",
  references: {
    accountId: references(accounts, {
      by: "AccountChanged",
      mustBe: { status: "ACCOUNT_ACTIVE" },
      retired: { status: "ACCOUNT_ARCHIVED" },
    }),
  },
  // An account can be archived once its orders have ended.
  refersWhile: (state) => !isOver(state),
  decide: {
    CreateOrder: ({ data }, _state, { OrderCreated }) => [
      OrderCreated({ ...data, total: totalOf(data.lineItems) }),
    ],
    ConnectAccount: (_command, state, { OrderAccountConnected }) =>
      state.status === "ORDER_CREATED"
        ? [OrderAccountConnected({ accountId: state.accountId })]
        : forbidden("connected to its account", state),
    RequestReservation: (_command, state, { OrderReservationRequested }) =>
      state.status === "ACCOUNT_CONNECTED" ? [OrderReservationRequested({})] : forbidden("reserved", state),
    RecordReservation: ({ data }, state, { OrderReserved }) =>
      state.status === "RESERVATION_PENDING" ? [OrderReserved(data)] : forbidden("reserved", state),
    FailReservation: ({ data }, state, { OrderReservationFailed }) =>
      state.status === "RESERVATION_PENDING"
        ? [OrderReservationFailed(data)]
        : forbidden("without a reservation", state),
    ConnectPayment: ({ data }, state, { OrderPaymentCreated, OrderPaymentRequested }) =>
      state.status === "RESERVATION_SUCCEEDED"
        ? [OrderPaymentCreated(data), OrderPaymentRequested(data)]
        : forbidden("connected to its payment", state),
    RecordPayment: (_command, state, { OrderPaid }) =>
      isPayable(state) ? [OrderPaid({})] : forbidden("paid", state),
    FailPayment: ({ data }, state, { OrderPaymentFailed }) =>
      isPayable(state) ? [OrderPaymentFailed(data)] : forbidden("without a payment", state),
    HoldOrder: (_command, { status, isHeld, accountId: account }, { OrderHeld }) =>
      isHeld || isOver({ status }) ? [] : [OrderHeld({ accountId: account })],
    ResumeOrder: (_command, { status, isHeld, accountId: account }, { OrderResumed }) =>
      !isHeld || isOver({ status }) ? [] : [OrderResumed({ accountId: account })],
    CompleteOrder: (_command, state, { OrderSucceeded }) =>
      state.status === "PAYMENT_SUCCEEDED"
        ? [OrderSucceeded({ accountId: state.accountId, total: state.total })]
        : forbidden("completed", state),
    FailOrder: ({ data }, state, { OrderFailed }) =>
      isOver(state)
        ? forbidden("failed", state)
        : [OrderFailed({ accountId: state.accountId, total: state.total, reason: data.reason })],
  },
  evolve: {
    OrderCreated: (_state, { data }) => ({ status: "ORDER_CREATED", ...data, isHeld: false }),
    OrderAccountConnected: (state) => ({ ...state, status: "ACCOUNT_CONNECTED" }),
    OrderReservationRequested: (state) => ({ ...state, status: "RESERVATION_PENDING" }),
    OrderReserved: (state) => ({ ...state, status: "RESERVATION_SUCCEEDED" }),
    OrderReservationFailed: (state) => ({ ...state, status: "RESERVATION_FAILED" }),
    OrderPaymentCreated: (state) => ({ ...state, status: "PAYMENT_CREATED" }),
    OrderPaymentRequested: (state) => ({ ...state, status: "PAYMENT_PENDING" }),
    OrderPaid: (state) => ({ ...state, status: "PAYMENT_SUCCEEDED" }),
    OrderPaymentFailed: (state) => ({ ...state, status: "PAYMENT_FAILED" }),
    OrderHeld: (state) => ({ ...state, isHeld: true }),
    OrderResumed: (state) => ({ ...state, isHeld: false }),
    OrderSucceeded: (state) => ({ ...state, status: "ORDER_SUCCEEDED" }),
    OrderFailed: (state) => ({ ...state, status: "ORDER_FAILED" }),
  },
});

interface Standing {
  readonly status: Status;
}

/** The payment's answer may come before the order knows of the payment. */
function isPayable({ status }: Standing): boolean {
  return status === "RESERVATION_SUCCEEDED" || status === "PAYMENT_PENDING";
}

function isOver({ status }: Standing): boolean {
  return status === "ORDER_SUCCEEDED" || status === "ORDER_FAILED";
}

function totalOf(lineItems: readonly z.infer<typeof lineItem>[]): number {
  return lineItems.reduce((sum, { quantity, unitPrice }) => sum + quantity * unitPrice, 0);
}

function forbidden(what: string, { status }: Standing) {
  return refuse("order-status-forbids", `An order that is ${status} cannot be ${what}.`);
}
