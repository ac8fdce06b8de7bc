import { service } from "millrace";
import { charging } from "./src/charging.ts";
import { httpGateway } from "./src/gateway.ts";
import { gatewayUrl } from "./src/gateway-url.ts";
import { payment } from "./src/payment.ts";
import { voidPayments } from "./src/policies.ts";
import { publications } from "./src/publications.ts";
import { payments } from "./src/views.ts";

/** The payments of the online store, over the gateway that takes the money. */
export default service({
  name: "payments",
  aggregates: [payment],
  views: [payments],
  policies: [charging, voidPayments(httpGateway(gatewayUrl))],
  publishes: publications,
});
