import { defineConfig } from "millrace/node";
import orders from "./service.ts";

export default defineConfig({
  service: orders,
  port: 3001,
  database: "sqlite:./data/orders.db",
  services: {
    accounts: "http://localhost:3000",
    payments: "http://localhost:3002",
    warehouse: "http://localhost:3003",
  },
  // An example for one machine: whoever reaches it may do everything. See docs/http.md for bearer tokens.
  auth: "none",
});
