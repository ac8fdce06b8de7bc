import { defineConfig } from "millrace/node";
import warehouse from "./service.ts";

export default defineConfig({
  service: warehouse,
  port: 3003,
  database: "sqlite:./data/warehouse.db",
  // An example for one machine: whoever reaches it may do everything. See docs/http.md for bearer tokens.
  auth: "none",
});
