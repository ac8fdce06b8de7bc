import { startGateway } from "../gateway/gateway-stub.ts";

let stub: Promise<string> | undefined;

/** Where the payment gateway is: `GATEWAY_URL`, or else a stub of this process, which takes everybody's money. */
export async function gatewayUrl(): Promise<string> {
  const { GATEWAY_URL: url } = process.env;
  if (url !== undefined && url !== "") return url;
  stub ??= startGateway({ keepsProcess: false }).then((gateway) => gateway.url);
  return stub;
}
