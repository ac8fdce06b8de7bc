import { service } from "millrace";
import { type Gateway, httpGateway } from "./src/gateway.ts";
import { gatewayUrl } from "./src/gateway-url.ts";
import { payment } from "./src/payment.ts";
import { chargePayments, voidPayments } from "./src/policies.ts";
import { publications } from "./src/publications.ts";
import { payments } from "./src/views.ts";

/** The payments of the online store, over the gateway that takes the money. */
export function paymentsOver(gateway: Gateway) {
  return service({
    name: "payments",
    aggregates: [payment],
    views: [payments],
    policies: [chargePayments(gateway), voidPayments(gateway)],
    publishes: publications,
  });
}

export default paymentsOver(httpGateway(gatewayUrl));
