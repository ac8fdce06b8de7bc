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
  fail,
  held,
  paid,
  pay,
  paying,
  recordPayment,
  recordReservation,
  release,
  request,
  reserving,
  resumed,
  sell,
} from "./order-under-way.ts";

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
