import { aggregate, refuse } from "millrace";
import { z } from "zod";

export const paymentStatus = z.enum([
  "PAYMENT_CREATED",
  "ORDER_CONNECTED",
  "PAYMENT_PROCESSED",
  "PAYMENT_SUCCEEDED",
  "PAYMENT_FAILED",
]);

const details = {
  orderId: z.string(),
  accountId: z.string(),
  /** In minor units, such as cents. */
  amount: z.int().min(0),
};

/** What is to be paid for an order. A payment that is cancelled has failed, whatever it was before: what was taken is given back. */
export const payment = aggregate({
  name: "payment",
  collection: "payments",
  state: z.discriminatedUnion("status", [
    z.object({ status: z.literal("NONE") }),
    z.object({ status: paymentStatus, ...details }),
  ]),
  initialState: { status: "NONE" },
  events: {
    PaymentCreated: z.object(details),
    PaymentConnected: z.object({ orderId: details.orderId, amount: details.amount }),
    /** The gateway's name for what it took. */
    PaymentProcessed: z.object({ reference: z.string() }),
    PaymentSucceeded: z.object({ orderId: details.orderId, amount: details.amount }),
    PaymentFailed: z.object({ orderId: details.orderId, reason: z.string() }),
    PaymentCancelled: z.object({ orderId: details.orderId, amount: details.amount }),
  },
  commands: {
    CreatePayment: z.object(details),
    RecordCharge: z.object({ reference: z.string() }),
    FailPayment: z.object({ reason: z.string() }),
    CancelPayment: z.object({}),
  },
  creates: "CreatePayment",
  begins: "PaymentCreated",
  decide: {
    CreatePayment: ({ data }, _state, { PaymentCreated, PaymentConnected }) => [
      PaymentCreated(data),
      PaymentConnected({ orderId: data.orderId, amount: data.amount }),
    ],
    RecordCharge: ({ data }, state, { PaymentProcessed, PaymentSucceeded }) =>
      isOpen(state)
        ? [PaymentProcessed(data), PaymentSucceeded({ orderId: state.orderId, amount: state.amount })]
        : forbidden("charged", state),
    FailPayment: ({ data }, state, { PaymentFailed }) =>
      isOpen(state)
        ? [PaymentFailed({ orderId: state.orderId, reason: data.reason })]
        : forbidden("refused", state),
    CancelPayment: (_command, { status, orderId, amount }, { PaymentCancelled }) =>
      status === "PAYMENT_FAILED" ? [] : [PaymentCancelled({ orderId, amount })],
  },
  evolve: {
    PaymentCreated: (_state, { data }) => ({ status: "PAYMENT_CREATED", ...data }),
    PaymentConnected: (state) => ({ ...state, status: "ORDER_CONNECTED" }),
    PaymentProcessed: (state) => ({ ...state, status: "PAYMENT_PROCESSED" }),
    PaymentSucceeded: (state) => ({ ...state, status: "PAYMENT_SUCCEEDED" }),
    PaymentFailed: (state) => ({ ...state, status: "PAYMENT_FAILED" }),
    PaymentCancelled: (state) => ({ ...state, status: "PAYMENT_FAILED" }),
  },
  when: { RecordCharge: isOpen, FailPayment: isOpen },
});

interface Standing {
  readonly status: z.infer<typeof paymentStatus>;
}

function isOpen({ status }: Standing): boolean {
  return status === "ORDER_CONNECTED";
}

function forbidden(what: string, { status }: Standing) {
  return refuse("payment-status-forbids", `A payment that is ${status} cannot be ${what}.`);
}
