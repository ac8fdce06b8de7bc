import { defineConfig } from "millrace/node";
import insights from "./service.ts";

export default defineConfig({
  service: insights,
  port: 3004,
  database: "sqlite:./data/insights.db",
  services: {
    accounts: "http://localhost:3000",
    orders: "http://localhost:3001",
    payments: "http://localhost:3002",
    warehouse: "http://localhost:3003",
  },
  // An example for one machine: whoever reaches it may do everything. See docs/http.md for bearer tokens.
  auth: "none",
});
