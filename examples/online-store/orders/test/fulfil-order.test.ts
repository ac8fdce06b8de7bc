import { playProcess } from "millrace/testing";
import { describe, test } from "vitest";
import payments from "../contracts/payments.ts";
import warehouse from "../contracts/warehouse.ts";
import { fulfilOrderWithin } from "../src/fulfil-order.ts";
import { order } from "../src/order.ts";

const accountId = "a1";
const total = 1250;
const lines = [{ productId: "tea", quantity: 2, unitPrice: 625 }];
const created = { type: "OrderCreated", data: { accountId, lineItems: lines, total } } as const;
const held = { type: "OrderHeld", data: { accountId } } as const;
const resumed = { type: "OrderResumed", data: { accountId } } as const;
const allocated = { type: "OrderAllocated", data: { warehouseId: "w1" } } as const;
const soldOut = { type: "AllocationFailed", data: { reason: "sold-out" } } as const;
const paid = {
  type: "PaymentSucceeded",
  data: { orderId: "o1", amount: total, at: "2026-01-01T12:00:00Z" },
} as const;
const unpaid = { type: "PaymentFailed", data: { orderId: "o1", reason: "no-cover" } } as const;
const refused = { status: "refused", code: "no", detail: "No." } as const;

const { ConnectAccount, RequestReservation, RecordReservation, ConnectPayment } = order.commands;
const connect = ConnectAccount("o1", {});
const request = RequestReservation("o1", {});
const recordReservation = RecordReservation("o1", { warehouseId: "w1" });
const connectPayment = ConnectPayment("o1", { paymentId: "o1" });
const recordPayment = order.commands.RecordPayment("o1", {});
const complete = order.commands.CompleteOrder("o1", {});
const fail = (reason: string) => order.commands.FailOrder("o1", { reason });

const { AllocateOrder, ReleaseAllocation, SellAllocation } = warehouse.commands.allocation;
const allocate = AllocateOrder("o1", { lineItems: [{ productId: "tea", quantity: 2 }] });
const release = ReleaseAllocation("o1", {});
const sell = SellAllocation("o1", {});

const { CreatePayment, CancelPayment } = payments.commands.payment;
const pay = CreatePayment("o1", { orderId: "o1", accountId, amount: total });
const cancelPayment = CancelPayment("o1", {});

const begun = () => playProcess(fulfilOrderWithin("1 min")).receive(order, "o1", created).expectSent(connect);

/** The warehouse is asked, and has said that it will look. */
const reserving = () =>
  begun()
    .answer("ConnectAccount")
    .expectSent(request, allocate)
    .answer("RequestReservation")
    .answer("AllocateOrder")
    .expectSent();

/** The payment is asked for. */
const paying = () =>
  reserving()
    .receive(warehouse, "o1", allocated)
    .expectSent(recordReservation, pay)
    .answer("RecordReservation")
    .answer("CreatePayment")
    .expectSent(connectPayment)
    .answer("ConnectPayment");

/** The money is there, and the units are to be sold. */
const selling = () =>
  paying()
    .receive(payments, "o1", paid)
    .expectSent(recordPayment, sell)
    .expectDeadlines()
    .answer("RecordPayment");

describe("an order is fulfilled", () => {
  test("once its units are reserved, paid and sold", () => {
    begun().expectDeadlines("overdue").expectEnded(false);
    selling().answer("SellAllocation").expectSent(complete).expectEnded();
  });

  test("also where the payment succeeds before its creation is answered", () => {
    reserving()
      .receive(warehouse, "o1", allocated)
      .receive(payments, "o1", paid)
      .expectSent(recordReservation, pay, recordPayment, sell)
      .answer("RecordReservation")
      .answer("CreatePayment")
      .expectSent(connectPayment)
      .answer("RecordPayment")
      .answer("SellAllocation")
      .expectSent(complete)
      .expectEnded();
  });
});

describe("an order fails", () => {
  test("when it cannot be connected to its account", () => {
    begun().answer("ConnectAccount", refused).expectSent(fail("account-not-connected")).expectEnded();
  });

  test("when the warehouse takes no request", () => {
    begun()
      .answer("ConnectAccount")
      .answer("AllocateOrder", refused)
      .expectSent(request, allocate, fail("reservation-refused"))
      .expectEnded();
  });

  test("when no warehouse has everything", () => {
    reserving()
      .receive(warehouse, "o1", soldOut)
      .expectSent(order.commands.FailReservation("o1", { reason: "sold-out" }), release)
      .answer("ReleaseAllocation")
      .expectSent(fail("sold-out"))
      .expectEnded();
  });

  test("when that is known before the request is answered", () => {
    begun()
      .answer("ConnectAccount")
      .receive(warehouse, "o1", soldOut)
      .expectSent(request, allocate, order.commands.FailReservation("o1", { reason: "sold-out" }))
      .expectEnded(false)
      .answer("AllocateOrder")
      .expectSent(release)
      .answer("ReleaseAllocation")
      .expectSent(fail("sold-out"))
      .expectEnded();
  });

  test("when the payment is not taken on", () => {
    reserving()
      .receive(warehouse, "o1", allocated)
      .answer("CreatePayment", refused)
      .expectSent(recordReservation, pay, release)
      .answer("ReleaseAllocation")
      .expectSent(fail("payment-refused"))
      .expectEnded();
  });

  test("when the payment fails, once what was done is taken back, the payment first", () => {
    paying()
      .receive(payments, "o1", unpaid)
      .expectSent(order.commands.FailPayment("o1", { reason: "no-cover" }), cancelPayment)
      .answer("CancelPayment")
      .expectSent(release)
      .expectEnded(false)
      .answer("ReleaseAllocation")
      .expectSent(fail("no-cover"))
      .expectEnded();
  });

  test("when its units are there no more once it is paid, and the money goes back", () => {
    selling()
      .answer("SellAllocation", refused)
      .expectSent(cancelPayment)
      .answer("CancelPayment")
      .expectSent(release)
      .answer("ReleaseAllocation")
      .expectSent(fail("reservation-lost"))
      .expectEnded();
  });

  test("for the first reason that there was", () => {
    paying()
      .passDeadline("overdue")
      .receive(payments, "o1", unpaid)
      .expectSent(cancelPayment, order.commands.FailPayment("o1", { reason: "no-cover" }))
      .answer("CancelPayment")
      .answer("ReleaseAllocation")
      .expectSent(release, fail("deadline-passed"));
  });
});

describe("the deadline passes", () => {
  test("before the account is connected", () => {
    begun().passDeadline("overdue").expectSent(fail("deadline-passed")).expectEnded();
  });

  test("before the request for a reservation is answered, which is then taken back", () => {
    begun()
      .answer("ConnectAccount")
      .passDeadline("overdue")
      .expectSent(request, allocate)
      .expectEnded(false)
      .answer("AllocateOrder")
      .expectSent(release)
      .answer("ReleaseAllocation")
      .expectSent(fail("deadline-passed"))
      .expectEnded();
  });

  test("before the payment was requested, which then is not", () => {
    reserving()
      .passDeadline("overdue")
      .expectSent(release)
      .receive(warehouse, "o1", allocated)
      .expectSent()
      .answer("ReleaseAllocation")
      .expectSent(fail("deadline-passed"))
      .expectEnded();
  });

  test("after the payment was requested, which is cancelled", () => {
    paying()
      .passDeadline("overdue")
      .expectSent(cancelPayment)
      .answer("CancelPayment")
      .expectSent(release)
      .answer("ReleaseAllocation")
      .expectSent(fail("deadline-passed"))
      .expectEnded();
  });

  test("before the request for the payment is answered, which is then cancelled", () => {
    reserving()
      .receive(warehouse, "o1", allocated)
      .passDeadline("overdue")
      .expectSent(recordReservation, pay, release)
      .answer("ReleaseAllocation")
      .expectSent()
      .answer("CreatePayment")
      .expectSent(cancelPayment)
      .expectEnded(false)
      .answer("CancelPayment")
      .expectSent(fail("deadline-passed"))
      .expectEnded();
  });

  test("and a payment that succeeds after it sells nothing any more", () => {
    paying()
      .passDeadline("overdue")
      .receive(payments, "o1", paid)
      .expectSent(cancelPayment)
      .answer("CancelPayment")
      .expectSent(release)
      .answer("ReleaseAllocation")
      .expectSent(fail("deadline-passed"))
      .expectEnded();
  });
});

describe("an order that is held", () => {
  test("before its account is connected requests its reservation once it is resumed", () => {
    begun()
      .receive(order, "o1", held)
      .answer("ConnectAccount")
      .expectSent()
      .receive(order, "o1", resumed)
      .expectSent(request, allocate);
  });

  test("while the warehouse looks requests its payment once it is resumed", () => {
    reserving()
      .receive(order, "o1", held)
      .receive(warehouse, "o1", allocated)
      .expectSent(recordReservation)
      .receive(order, "o1", resumed)
      .expectSent(pay);
  });

  test("and resumed before its next step loses no step, and takes none twice", () => {
    begun()
      .receive(order, "o1", held)
      .receive(order, "o1", resumed)
      .answer("ConnectAccount")
      .expectSent(request, allocate)
      .receive(order, "o1", held)
      .receive(order, "o1", resumed)
      .expectSent()
      .receive(warehouse, "o1", allocated)
      .expectSent(recordReservation, pay)
      .receive(order, "o1", held)
      .receive(order, "o1", resumed)
      .expectSent();
  });

  test("once its payment was requested is sold all the same", () => {
    paying()
      .receive(order, "o1", held)
      .receive(payments, "o1", paid)
      .expectSent(recordPayment, sell)
      .answer("SellAllocation")
      .expectSent(complete)
      .expectEnded();
  });

  test("until the deadline fails for its account", () => {
    begun()
      .receive(order, "o1", held)
      .answer("ConnectAccount")
      .passDeadline("overdue")
      .expectSent(fail("account-not-active"))
      .expectEnded();
    reserving()
      .receive(order, "o1", held)
      .receive(warehouse, "o1", allocated)
      .passDeadline("overdue")
      .expectSent(recordReservation, release)
      .answer("ReleaseAllocation")
      .expectSent(fail("account-not-active"))
      .expectEnded();
  });

  test("and resumed only after the deadline requests nothing any more", () => {
    reserving()
      .receive(order, "o1", held)
      .receive(warehouse, "o1", allocated)
      .passDeadline("overdue")
      .receive(order, "o1", resumed)
      .expectSent(recordReservation, release)
      .answer("ReleaseAllocation")
      .expectSent(fail("account-not-active"))
      .expectEnded();
  });
});
