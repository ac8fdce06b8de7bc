import { httpGateway } from "./gateway.ts";
import { gatewayUrl } from "./gateway-url.ts";
import { chargePayments } from "./policies.ts";

/** Charging over the gateway: all that the function of this policy is built of. */
export const charging = chargePayments(httpGateway(gatewayUrl));
