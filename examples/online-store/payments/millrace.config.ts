import { defineConfig } from "millrace/node";
import payments from "./service.ts";

export default defineConfig({
  service: payments,
  port: 3002,
  database: "sqlite:./data/payments.db",
  // An example for one machine: whoever reaches it may do everything. See docs/http.md for bearer tokens.
  auth: "none",
  // It runs in the process until MILLRACE_FUNCTIONS says where it is: see docs/functions.md.
  functions: {
    "charge-payments": {
      from: "./src/charging.ts",
      platform: "aws-lambda",
      timeoutSeconds: 10,
      concurrency: 32,
    },
  },
});
