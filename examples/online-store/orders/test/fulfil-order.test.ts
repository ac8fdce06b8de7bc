import { describe, test } from "vitest";
import payments from "../contracts/payments.ts";
import warehouse from "../contracts/warehouse.ts";
import { order } from "../src/order.ts";
import {
  allocate,
  allocated,
  begun,
  cancelPayment,
  complete,
  connectPayment,
  fail,
  paid,
  pay,
  paying,
  recordPayment,
  recordReservation,
  refused,
  release,
  request,
  reserving,
  sell,
  selling,
  soldOut,
  unpaid,
} from "./order-under-way.ts";

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
