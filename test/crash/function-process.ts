import { createServer } from "node:http";
import { getRequestListener } from "@hono/node-server";
import { functionHandler } from "../../src/hosts/fetch/index.ts";
import { secret } from "../runtime/as-functions.ts";
import { rewardDeposits } from "../runtime/wallet-service.ts";

// A policy as a function in a process of its own, which is killed at any moment.

const [port = ""] = process.argv.slice(2);
const handler = functionHandler(rewardDeposits, { secret });
const listener = getRequestListener((request) => {
  process.send?.("called");
  return handler.fetch(request);
});
createServer(listener).listen(Number(port), "127.0.0.1", () => process.send?.("ready"));
