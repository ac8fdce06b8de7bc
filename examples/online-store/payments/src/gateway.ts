import { z } from "zod";

/** Who takes the money. Both calls may be repeated: the gateway goes by the payment's id. */
export interface Gateway {
  /** Resolves with what the gateway said; rejects where it said nothing, which may be asked again. */
  charge(paymentId: string, amount: number, request: GatewayRequest): Promise<Charge>;
  /** Gives back what was taken, and has nothing taken any more. */
  void(paymentId: string, request: GatewayRequest): Promise<void>;
}

export interface GatewayRequest {
  readonly idempotencyKey: string;
  readonly signal: AbortSignal;
}

export type Charge =
  | { readonly status: "charged"; readonly reference: string }
  | { readonly status: "refused"; readonly reason: string };

const paymentId = z.string();
const charge = z.discriminatedUnion("status", [
  z.object({ paymentId, status: z.literal("charged"), reference: z.string() }),
  z.object({ paymentId, status: z.literal("refused"), reason: z.string() }),
]);

/** A gateway that is reached over HTTP. What it does not answer is asked again. */
export function httpGateway(url: () => Promise<string>): Gateway {
  const post = async (path: string, body: unknown, request: GatewayRequest): Promise<string> => {
    try {
      const answer = await fetch(new URL(path, await url()), {
        method: "POST",
        headers: { "content-type": "application/json", "idempotency-key": request.idempotencyKey },
        body: JSON.stringify(body),
        signal: request.signal,
      });
      const said = await answer.text();
      if (answer.ok || answer.status === 402) return said;
      throw new Error(`The payment gateway answered ${answer.status}.`);
    } catch (cause) {
      throw Object.assign(new Error("The payment gateway did not answer.", { cause }), { retryable: true });
    }
  };
  return {
    async charge(id, amount, request) {
      const said: unknown = JSON.parse(await post("/charges", { paymentId: id, amount }, request));
      const { paymentId: about, ...answer } = charge.parse(said);
      if (about === id) return answer;
      // A gateway that answers twice may give one payment the answer of another.
      throw Object.assign(new Error(`The payment gateway answered about ${about}, not ${id}.`), {
        retryable: true,
      });
    },
    async void(id, request) {
      await post(`/charges/${encodeURIComponent(id)}/void`, {}, request);
    },
  };
}
