import { checkGuards, given, project, reactionOf } from "millrace/testing";
import { describe, expect, test } from "vitest";
import type { Charge, Gateway } from "../src/gateway.ts";
import { payment } from "../src/payment.ts";
import { chargePayments, voidPayments } from "../src/policies.ts";
import { payments } from "../src/views.ts";

const details = { orderId: "o1", accountId: "a1", amount: 1250 };
const { orderId, amount } = details;
const reference = "charge-p1";
const created = { type: "PaymentCreated", data: details } as const;
const connected = { type: "PaymentConnected", data: { orderId, amount } } as const;
const processed = { type: "PaymentProcessed", data: { reference } } as const;
const succeeded = { type: "PaymentSucceeded", data: { orderId, amount } } as const;
const failed = { type: "PaymentFailed", data: { orderId, reason: "payment-refused" } } as const;
const cancelled = { type: "PaymentCancelled", data: { orderId, amount } } as const;

const asked = () => given(payment, created, connected);
const paid = () => given(payment, created, connected, processed, succeeded);
const unpaid = () => given(payment, created, connected, failed);
const takenBack = () => given(payment, created, connected, processed, succeeded, cancelled);

describe("a payment", () => {
  test("is created and connected to its order in one step", () => {
    given(payment)
      .when("CreatePayment", details)
      .expectEvents(created, connected)
      .expectState({ status: "ORDER_CONNECTED", ...details });
  });

  test("is processed and succeeds in one step once the money is taken", () => {
    asked()
      .when("RecordCharge", { reference })
      .expectEvents(processed, succeeded)
      .expectState({ status: "PAYMENT_SUCCEEDED", ...details });
  });

  test("fails for a reason", () => {
    asked()
      .when("FailPayment", { reason: "payment-refused" })
      .expectEvents(failed)
      .expectState({ status: "PAYMENT_FAILED", ...details });
  });

  test.each([
    ["PAYMENT_SUCCEEDED", paid],
    ["PAYMENT_FAILED", unpaid],
    ["PAYMENT_FAILED", takenBack],
  ])("that is %s is neither charged nor refused any more", (status, standing) => {
    const { refusal } = standing()
      .when("RecordCharge", { reference })
      .expectRefusal("payment-status-forbids");
    expect(refusal?.detail).toContain(status);
    standing().when("FailPayment", { reason: "late" }).expectRefusal("payment-status-forbids");
  });

  test("is cancelled in whatever state, and then has failed", () => {
    given(payment, created)
      .when("CancelPayment", {})
      .expectEvents(cancelled)
      .expectState({ status: "PAYMENT_FAILED", ...details });
    asked().when("CancelPayment", {}).expectEvents(cancelled);
    given(payment, created, connected, processed).when("CancelPayment", {}).expectEvents(cancelled);
    paid()
      .when("CancelPayment", {})
      .expectEvents(cancelled)
      .expectState({ status: "PAYMENT_FAILED", ...details });
  });

  test("has nothing to cancel once it failed or was cancelled", () => {
    unpaid().when("CancelPayment", {}).expectEvents();
    takenBack().when("CancelPayment", {}).expectEvents();
  });

  test("may be of nothing, and not of less", () => {
    given(payment)
      .when("CreatePayment", { ...details, amount: 0 })
      .expectState({ ...details, status: "ORDER_CONNECTED", amount: 0 });
    expect(() => given(payment).when("CreatePayment", { ...details, amount: -1 })).toThrow(/amount/);
  });

  test("offers exactly what it would accept", () => {
    expect(checkGuards(payment, { seed: 1 }).never).toEqual([]);
  });
});

/** A gateway that says what it is told to, and notes what it was asked. */
function gatewayThat(charge: () => Charge): Gateway & { readonly asked: readonly string[] } {
  const asked: string[] = [];
  return {
    asked,
    charge: async (paymentId, total, { idempotencyKey, signal }) => {
      asked.push(`charge ${paymentId} ${total} ${idempotencyKey} ${signal.aborted}`);
      return charge();
    },
    void: async (paymentId, { idempotencyKey, signal }) => {
      asked.push(`void ${paymentId} ${idempotencyKey} ${signal.aborted}`);
    },
  };
}

const taking = () => gatewayThat(() => ({ status: "charged", reference }));

describe("the policies", () => {
  test("take the money of a payment that knows its order, and record it", async () => {
    const gateway = taking();
    expect(await reactionOf(chargePayments(gateway), payment, "p1", connected)).toEqual([
      payment.commands.RecordCharge("p1", { reference }),
    ]);
    expect(gateway.asked).toEqual(["charge p1 1250 test false"]);
  });

  test("fail a payment that the gateway refuses", async () => {
    const gateway = gatewayThat(() => ({ status: "refused", reason: "no-cover" }));
    expect(await reactionOf(chargePayments(gateway), payment, "p1", connected)).toEqual([
      payment.commands.FailPayment("p1", { reason: "no-cover" }),
    ]);
  });

  test("say nothing of a payment where the gateway says nothing", async () => {
    const gateway = gatewayThat(() => {
      throw new Error("The payment gateway did not answer.");
    });
    await expect(reactionOf(chargePayments(gateway), payment, "p1", connected)).rejects.toThrow(
      "did not answer",
    );
  });

  test("give back what was taken once a payment is cancelled", async () => {
    const gateway = taking();
    expect(await reactionOf(voidPayments(gateway), payment, "p1", cancelled)).toEqual([]);
    expect(gateway.asked).toEqual(["void p1 test false"]);
  });

  test("ask the gateway for nothing else", async () => {
    const gateway = taking();
    for (const event of [created, processed, succeeded, failed]) {
      await reactionOf(chargePayments(gateway), payment, "p1", event);
      await reactionOf(voidPayments(gateway), payment, "p1", event);
    }
    expect(gateway.asked).toEqual([]);
  });
});

describe("the view", () => {
  const row = { ...details, reason: null, reference: null, createdAt: 1000, lastModified: 1000 };

  test("shows a payment as it is, with the gateway's reference", () => {
    project(payments)
      .at(1000)
      .of(payment, "p1", created)
      .expectRows({ p1: { ...row, status: "PAYMENT_CREATED" } })
      .at(2000)
      .of(payment, "p1", connected)
      .expectRows({ p1: { ...row, status: "ORDER_CONNECTED", lastModified: 2000 } })
      .at(3000)
      .of(payment, "p1", processed)
      .expectRows({ p1: { ...row, status: "PAYMENT_PROCESSED", reference, lastModified: 3000 } })
      .of(payment, "p1", succeeded)
      .expectRows({ p1: { ...row, status: "PAYMENT_SUCCEEDED", reference, lastModified: 3000 } });
  });

  test("shows why a payment failed", () => {
    const base = { ...row, status: "PAYMENT_FAILED" as const };
    project(payments)
      .at(1000)
      .of(payment, "p1", created, connected, failed)
      .of(payment, "p2", created, connected, cancelled)
      .expectRows({
        p1: { ...base, reason: "payment-refused" },
        p2: { ...base, reason: "payment-cancelled" },
      });
  });
});
