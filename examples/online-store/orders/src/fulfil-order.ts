import { become, cancel, compensate, end, process, schedule, send } from "millrace";
import { z } from "zod";
import payments from "../contracts/payments.ts";
import warehouse from "../contracts/warehouse.ts";
import { order } from "./order.ts";

const state = z.object({
  orderId: z.string(),
  accountId: z.string(),
  lineItems: z.array(z.object({ productId: z.string(), quantity: z.int() })),
  total: z.int(),
  /** While its account is not active, the next step waits. */
  isHeld: z.boolean(),
  waiting: z.enum(["nothing", "reservation", "payment"]),
  /** Why it fails; empty while it does not. */
  reason: z.string(),
});

type State = z.infer<typeof state>;

const initialState: State = {
  orderId: "",
  accountId: "",
  lineItems: [],
  total: 0,
  isHeld: false,
  waiting: "nothing",
  reason: "",
};

/**
 * Leads an order from its creation to its end: connects the account, has the warehouse reserve every line, takes the payment, and has the
 * units sold. What fails, is refused or takes longer than `within` fails the order, once everything is taken back.
 */
export function fulfilOrderWithin(within: string) {
  return process({
    name: "fulfil-order",
    from: [order, warehouse, payments],
    // The allocation and the payment of an order have its id.
    correlate: ({ aggregateId }) => aggregateId,
    begins: "OrderCreated",
    state,
    initialState,
    on: {
      OrderCreated: (_state, { aggregateId: orderId, data: { accountId, lineItems, total } }) => [
        become({
          ...initialState,
          orderId,
          accountId,
          lineItems: lineItems.map(({ productId, quantity }) => ({ productId, quantity })),
          total,
        }),
        schedule("overdue", { after: within }),
        send(order.commands.ConnectAccount(orderId, {})),
      ],
      OrderAllocated: (before, { data }) =>
        isFailing(before)
          ? undefined
          : [send(order.commands.RecordReservation(before.orderId, data)), ...goOn(before, "payment")],
      AllocationFailed: (before, { data }) => [
        send(order.commands.FailReservation(before.orderId, data)),
        ...fail(before, data.reason),
      ],
      PaymentSucceeded: (before) =>
        isFailing(before)
          ? undefined
          : [
              cancel("overdue"),
              send(order.commands.RecordPayment(before.orderId, {})),
              send(warehouse.commands.allocation.SellAllocation(before.orderId, {})),
            ],
      PaymentFailed: (before, { data: { reason } }) => [
        send(order.commands.FailPayment(before.orderId, { reason })),
        ...fail(before, reason),
      ],
      OrderHeld: (before) => become({ ...before, isHeld: true }),
      OrderResumed: (before) =>
        before.waiting === "nothing" || isFailing(before)
          ? become({ ...before, isHeld: false })
          : goOn({ ...before, isHeld: false, waiting: "nothing" }, before.waiting),
    },
    answers: {
      ConnectAccount: (before, { status }) =>
        status === "accepted" ? goOn(before, "reservation") : fail(before, "account-not-connected"),
      AllocateOrder: (before, { status }) =>
        status === "refused" ? fail(before, "reservation-refused") : undefined,
      CreatePayment: (before, { status }) =>
        status === "accepted"
          ? send(order.commands.ConnectPayment(before.orderId, { paymentId: before.orderId }))
          : fail(before, "payment-refused"),
      SellAllocation: (before, { status }) =>
        status === "accepted"
          ? [send(order.commands.CompleteOrder(before.orderId, {})), end()]
          : fail(before, "reservation-lost"),
    },
    deadlines: {
      overdue: (before) => fail(before, before.isHeld ? "account-not-active" : "deadline-passed"),
    },
    compensated: ({ orderId, reason }) => [send(order.commands.FailOrder(orderId, { reason })), end()],
  });
}

/** Takes the next step, or notes it while the order is held. */
function goOn(before: State, next: "reservation" | "payment") {
  if (before.isHeld) return [become({ ...before, waiting: next })];
  const { orderId, accountId, lineItems, total: amount } = before;
  return next === "reservation"
    ? [
        become(before),
        send(order.commands.RequestReservation(orderId, {})),
        send(warehouse.commands.allocation.AllocateOrder(orderId, { lineItems }), {
          undo: warehouse.commands.allocation.ReleaseAllocation(orderId, {}),
        }),
      ]
    : [
        become(before),
        send(payments.commands.payment.CreatePayment(orderId, { orderId, accountId, amount }), {
          undo: payments.commands.payment.CancelPayment(orderId, {}),
        }),
      ];
}

/** What comes while everything is taken back does not lead on: units must not be sold for money that goes back. */
function isFailing({ reason }: State): boolean {
  return reason !== "";
}

/** Takes back what was done; the order then fails for the first reason. */
function fail(before: State, reason: string) {
  return [become({ ...before, reason: before.reason || reason }), compensate()];
}
