import { service } from "millrace";
import { httpGateway } from "./src/gateway.ts";
import { gatewayUrl } from "./src/gateway-url.ts";
import { payment } from "./src/payment.ts";
import { chargePayments, voidPayments } from "./src/policies.ts";
import { publications } from "./src/publications.ts";
import { payments } from "./src/views.ts";

const gateway = httpGateway(gatewayUrl);

/** The payments of the online store, over the gateway that takes the money. */
export default service({
  name: "payments",
  aggregates: [payment],
  views: [payments],
  policies: [chargePayments(gateway), voidPayments(gateway)],
  publishes: publications,
});
