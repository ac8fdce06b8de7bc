import { policy } from "millrace";
import type { Gateway } from "./gateway.ts";
import { payment } from "./payment.ts";

/** Longer than any answer of the gateway takes that is worth waiting for. */
const timeoutMs = 2000;

/** Takes the money once the payment knows its order. The gateway goes by the payment's id, so that asking twice takes it once. */
export function chargePayments(gateway: Gateway) {
  return policy({
    name: "charge-payments",
    from: [payment],
    timeoutMs,
    on: {
      PaymentConnected: async ({ aggregateId, data }, { idempotencyKey, signal }) => {
        const charge = await gateway.charge(aggregateId, data.amount, { idempotencyKey, signal });
        return charge.status === "charged"
          ? payment.commands.RecordCharge(aggregateId, { reference: charge.reference })
          : payment.commands.FailPayment(aggregateId, { reason: charge.reason });
      },
    },
  });
}

/** Gives back what was taken, in a sequence of its own: it must not wait for a charge that hangs. */
export function voidPayments(gateway: Gateway) {
  return policy({
    name: "void-payments",
    from: [payment],
    timeoutMs,
    on: {
      PaymentCancelled: async ({ aggregateId }, { idempotencyKey, signal }) => {
        await gateway.void(aggregateId, { idempotencyKey, signal });
        return undefined;
      },
    },
  });
}
