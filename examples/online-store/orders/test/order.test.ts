import { checkGuards, given, project } from "millrace/testing";
import { describe, expect, test } from "vitest";
import { order } from "../src/order.ts";
import { orders } from "../src/views.ts";

const lineItems = [
  { productId: "tea", quantity: 2, unitPrice: 500 },
  { productId: "cup", quantity: 1, unitPrice: 250 },
];
const accountId = "a1";
const total = 1250;
const placed = { accountId, lineItems, total };
const created = { type: "OrderCreated", data: placed } as const;
const connected = { type: "OrderAccountConnected", data: { accountId } } as const;
const requested = { type: "OrderReservationRequested", data: {} } as const;
const reserved = { type: "OrderReserved", data: { warehouseId: "w1" } } as const;
const unreserved = { type: "OrderReservationFailed", data: { reason: "sold-out" } } as const;
const paymentCreated = { type: "OrderPaymentCreated", data: { paymentId: "p1" } } as const;
const paymentRequested = { type: "OrderPaymentRequested", data: { paymentId: "p1" } } as const;
const paid = { type: "OrderPaid", data: {} } as const;
const unpaid = { type: "OrderPaymentFailed", data: { reason: "no-cover" } } as const;
const held = { type: "OrderHeld", data: { accountId } } as const;
const resumed = { type: "OrderResumed", data: { accountId } } as const;
const succeeded = { type: "OrderSucceeded", data: { accountId, total } } as const;
const failed = { type: "OrderFailed", data: { accountId, total, reason: "no-cover" } } as const;

const toReservation = [created, connected, requested] as const;
const toPayment = [...toReservation, reserved, paymentCreated, paymentRequested] as const;

const standing = {
  ORDER_CREATED: () => given(order, created),
  ACCOUNT_CONNECTED: () => given(order, created, connected),
  RESERVATION_PENDING: () => given(order, ...toReservation),
  RESERVATION_SUCCEEDED: () => given(order, ...toReservation, reserved),
  RESERVATION_FAILED: () => given(order, ...toReservation, unreserved),
  PAYMENT_PENDING: () => given(order, ...toPayment),
  PAYMENT_SUCCEEDED: () => given(order, ...toPayment, paid),
  PAYMENT_FAILED: () => given(order, ...toPayment, unpaid),
  ORDER_SUCCEEDED: () => given(order, ...toPayment, paid, succeeded),
  ORDER_FAILED: () => given(order, ...toPayment, unpaid, failed),
};

type Status = keyof typeof standing;

const statuses = Object.keys(standing) as Status[];
const over: readonly Status[] = ["ORDER_SUCCEEDED", "ORDER_FAILED"];
const open = statuses.filter((status) => !over.includes(status));

function statusesBut(...accepting: readonly Status[]): readonly Status[] {
  return statuses.filter((status) => !accepting.includes(status));
}

describe("an order", () => {
  test("comes to the sum of its lines", () => {
    given(order)
      .when("CreateOrder", { accountId, lineItems })
      .expectEvents(created)
      .expectState({ status: "ORDER_CREATED", ...placed, isHeld: false });
    const gifts = [{ productId: "leaflet", quantity: 10_000, unitPrice: 0 }];
    const { state } = given(order).when("CreateOrder", { accountId, lineItems: gifts });
    expect(state).toMatchObject({ total: 0 });
  });

  test("has at least one line, of at least one unit", () => {
    const none = { productId: "tea", quantity: 0, unitPrice: 500 };
    expect(() => given(order).when("CreateOrder", { accountId, lineItems: [] })).toThrow(/lineItems/);
    expect(() => given(order).when("CreateOrder", { accountId, lineItems: [none] })).toThrow(/quantity/);
  });

  test("is of an account that can have such an id", () => {
    for (const id of ["", "a b", "~fulfil_order", "a".repeat(201)]) {
      expect(() => given(order).when("CreateOrder", { accountId: id, lineItems })).toThrow(/accountId/);
    }
  });

  test("goes from its account over reservation and payment to its end", () => {
    standing.ORDER_CREATED().when("ConnectAccount", {}).expectEvents(connected);
    standing.ACCOUNT_CONNECTED().when("RequestReservation", {}).expectEvents(requested);
    standing.RESERVATION_PENDING().when("RecordReservation", reserved.data).expectEvents(reserved);
    standing
      .RESERVATION_SUCCEEDED()
      .when("ConnectPayment", { paymentId: "p1" })
      .expectEvents(paymentCreated, paymentRequested);
    standing.PAYMENT_PENDING().when("RecordPayment", {}).expectEvents(paid);
    standing
      .PAYMENT_SUCCEEDED()
      .when("CompleteOrder", {})
      .expectEvents(succeeded)
      .expectState({ status: "ORDER_SUCCEEDED", ...placed, isHeld: false });
  });

  test("notes that it cannot be reserved, or paid", () => {
    standing.RESERVATION_PENDING().when("FailReservation", unreserved.data).expectEvents(unreserved);
    standing.PAYMENT_PENDING().when("FailPayment", unpaid.data).expectEvents(unpaid);
  });

  test("may hear of its payment before it is connected to it", () => {
    standing.RESERVATION_SUCCEEDED().when("RecordPayment", {}).expectEvents(paid);
    standing.RESERVATION_SUCCEEDED().when("FailPayment", unpaid.data).expectEvents(unpaid);
  });

  test.each(open)("that is %s fails, with what it would have come to", (status) => {
    const { state } = standing[status]().when("FailOrder", { reason: "no-cover" }).expectEvents(failed);
    expect(state.status).toBe("ORDER_FAILED");
  });

  test.each(open)("that is %s is held once, and resumed once", (status) => {
    standing[status]().when("HoldOrder", {}).expectEvents(held);
    standing[status]().when("ResumeOrder", {}).expectEvents();
  });

  test("that is held goes on being what it was, and is not held twice", () => {
    given(order, created, held)
      .when("ConnectAccount", {})
      .expectState({ status: "ACCOUNT_CONNECTED", ...placed, isHeld: true });
    given(order, created, held).when("HoldOrder", {}).expectEvents();
    given(order, created, held)
      .when("ResumeOrder", {})
      .expectEvents(resumed)
      .expectState({ status: "ORDER_CREATED", ...placed, isHeld: false });
  });

  test.each(over)("that is %s is over: nothing holds it, and it does not fail", (status) => {
    standing[status]().when("HoldOrder", {}).expectEvents();
    standing[status]().when("FailOrder", { reason: "late" }).expectRefusal("order-status-forbids");
  });

  test("that failed while it was held is not resumed", () => {
    given(order, created, held, failed).when("ResumeOrder", {}).expectEvents();
  });

  test.each(statusesBut("ORDER_CREATED"))("that is %s is not connected to its account again", (status) => {
    const { refusal } = standing[status]().when("ConnectAccount", {}).expectRefusal("order-status-forbids");
    expect(refusal?.detail).toContain(status);
  });

  test.each(statusesBut("ACCOUNT_CONNECTED"))("that is %s requests no reservation", (status) => {
    standing[status]().when("RequestReservation", {}).expectRefusal("order-status-forbids");
  });

  test.each(statusesBut("RESERVATION_PENDING"))("that is %s waits for no reservation", (status) => {
    standing[status]().when("RecordReservation", reserved.data).expectRefusal("order-status-forbids");
    standing[status]().when("FailReservation", unreserved.data).expectRefusal("order-status-forbids");
  });

  test.each(statusesBut("RESERVATION_SUCCEEDED"))("that is %s is connected to no payment", (status) => {
    standing[status]().when("ConnectPayment", { paymentId: "p1" }).expectRefusal("order-status-forbids");
  });

  test.each(statusesBut("RESERVATION_SUCCEEDED", "PAYMENT_PENDING"))("that is %s is not paid", (status) => {
    standing[status]().when("RecordPayment", {}).expectRefusal("order-status-forbids");
    standing[status]().when("FailPayment", unpaid.data).expectRefusal("order-status-forbids");
  });

  test.each(statusesBut("PAYMENT_SUCCEEDED"))("that is %s is not complete", (status) => {
    standing[status]().when("CompleteOrder", {}).expectRefusal("order-status-forbids");
  });

  test("accepts every command somewhere, and its states stay whole", () => {
    const examples = { CreateOrder: [{ accountId, lineItems }] };
    expect(checkGuards(order, { seed: 1, walks: 2000, examples }).never).toEqual([]);
  });
});

describe("the view", () => {
  const row = {
    ...placed,
    reason: null,
    warehouseId: null,
    paymentId: null,
    isHeld: false,
    createdAt: 1000,
    lastModified: 1000,
  };
  const payable = { ...row, warehouseId: "w1", paymentId: "p1" };

  test("shows an order as it is, from its creation to its end", () => {
    project(orders)
      .at(1000)
      .of(order, "o1", created)
      .expectRows({ o1: { ...row, status: "ORDER_CREATED" } })
      .of(order, "o1", connected)
      .expectRows({ o1: { ...row, status: "ACCOUNT_CONNECTED" } })
      .of(order, "o1", requested)
      .expectRows({ o1: { ...row, status: "RESERVATION_PENDING" } })
      .of(order, "o1", reserved)
      .expectRows({ o1: { ...row, status: "RESERVATION_SUCCEEDED", warehouseId: "w1" } })
      .of(order, "o1", paymentCreated)
      .expectRows({ o1: { ...payable, status: "PAYMENT_CREATED" } })
      .of(order, "o1", paymentRequested)
      .expectRows({ o1: { ...payable, status: "PAYMENT_PENDING" } })
      .of(order, "o1", paid)
      .expectRows({ o1: { ...payable, status: "PAYMENT_SUCCEEDED" } })
      .at(2000)
      .of(order, "o1", succeeded)
      .expectRows({ o1: { ...payable, status: "ORDER_SUCCEEDED", lastModified: 2000 } });
  });

  test("shows why an order failed", () => {
    project(orders)
      .at(1000)
      .of(order, "o1", ...toReservation, unreserved)
      .of(order, "o2", ...toPayment, unpaid)
      .of(order, "o3", created, failed)
      .expectRows({
        o1: { ...row, status: "RESERVATION_FAILED", reason: "sold-out" },
        o2: { ...payable, status: "PAYMENT_FAILED", reason: "no-cover" },
        o3: { ...row, status: "ORDER_FAILED", reason: "no-cover" },
      });
  });

  test("shows whether an order is held, which none is that is over", () => {
    project(orders)
      .at(1000)
      .of(order, "o1", created, held)
      .of(order, "o2", created, held, resumed)
      .of(order, "o3", created, held, failed)
      .expectRows({
        o1: { ...row, status: "ORDER_CREATED", isHeld: true },
        o2: { ...row, status: "ORDER_CREATED" },
        o3: { ...row, status: "ORDER_FAILED", reason: "no-cover" },
      });
  });
});
