import { defineConfig } from "millrace/node";
import accounts from "./accounts/millrace.config.ts";
import insights from "./insights/millrace.config.ts";
import orders from "./orders/millrace.config.ts";
import payments from "./payments/millrace.config.ts";
import warehouse from "./warehouse/millrace.config.ts";

/** The whole store in one process and one URL space; each service keeps a database of its own. */
export default defineConfig({
  // Orders refer to accounts: one with open orders is not archived.
  together: [{ ...accounts, referrers: ["orders"] }, orders, payments, warehouse, insights],
  port: 3000,
  // An example for one machine: whoever reaches it may do everything. See docs/http.md for bearer tokens.
  auth: "none",
});
