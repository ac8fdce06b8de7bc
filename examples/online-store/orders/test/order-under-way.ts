import { playProcess } from "millrace/testing";
import payments from "../contracts/payments.ts";
import warehouse from "../contracts/warehouse.ts";
import { fulfilOrderWithin } from "../src/fulfil-order.ts";
import { order } from "../src/order.ts";

// The order o1 on its way through fulfil-order, to go on from.

const accountId = "a1";
const total = 1250;
const lines = [{ productId: "tea", quantity: 2, unitPrice: 625 }];
const created = { type: "OrderCreated", data: { accountId, lineItems: lines, total } } as const;
export const held = { type: "OrderHeld", data: { accountId } } as const;
export const resumed = { type: "OrderResumed", data: { accountId } } as const;
export const allocated = { type: "OrderAllocated", data: { warehouseId: "w1" } } as const;
export const soldOut = { type: "AllocationFailed", data: { reason: "sold-out" } } as const;
export const paid = {
  type: "PaymentSucceeded",
  data: { orderId: "o1", amount: total, at: "2026-01-01T12:00:00Z" },
} as const;
export const unpaid = { type: "PaymentFailed", data: { orderId: "o1", reason: "no-cover" } } as const;
export const refused = { status: "refused", code: "no", detail: "No." } as const;

const { ConnectAccount, RequestReservation, RecordReservation, ConnectPayment } = order.commands;
const connect = ConnectAccount("o1", {});
export const request = RequestReservation("o1", {});
export const recordReservation = RecordReservation("o1", { warehouseId: "w1" });
export const connectPayment = ConnectPayment("o1", { paymentId: "o1" });
export const recordPayment = order.commands.RecordPayment("o1", {});
export const complete = order.commands.CompleteOrder("o1", {});
export const fail = (reason: string) => order.commands.FailOrder("o1", { reason });

const { AllocateOrder, ReleaseAllocation, SellAllocation } = warehouse.commands.allocation;
export const allocate = AllocateOrder("o1", { lineItems: [{ productId: "tea", quantity: 2 }] });
export const release = ReleaseAllocation("o1", {});
export const sell = SellAllocation("o1", {});

const { CreatePayment, CancelPayment } = payments.commands.payment;
export const pay = CreatePayment("o1", { orderId: "o1", accountId, amount: total });
export const cancelPayment = CancelPayment("o1", {});

/** The order is created, and its account to be connected. */
export const begun = () =>
  playProcess(fulfilOrderWithin("1 min")).receive(order, "o1", created).expectSent(connect);

/** The warehouse is asked, and has said that it will look. */
export const reserving = () =>
  begun()
    .answer("ConnectAccount")
    .expectSent(request, allocate)
    .answer("RequestReservation")
    .answer("AllocateOrder")
    .expectSent();

/** The payment is asked for. */
export const paying = () =>
  reserving()
    .receive(warehouse, "o1", allocated)
    .expectSent(recordReservation, pay)
    .answer("RecordReservation")
    .answer("CreatePayment")
    .expectSent(connectPayment)
    .answer("ConnectPayment");

/** The money is there, and the units are to be sold. */
export const selling = () =>
  paying()
    .receive(payments, "o1", paid)
    .expectSent(recordPayment, sell)
    .expectDeadlines()
    .answer("RecordPayment");
