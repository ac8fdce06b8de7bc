import { defineConfig } from "millrace/node";
import payments from "./service.ts";

export default defineConfig({
  service: payments,
  port: 3002,
  database: "sqlite:./data/payments.db",
  // An example for one machine: whoever reaches it may do everything. See docs/http.md for bearer tokens.
  auth: "none",
});
