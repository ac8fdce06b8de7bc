import { defineConfig } from "millrace/node";
import accounts from "./service.ts";

export default defineConfig({
  service: accounts,
  port: 3000,
  database: "sqlite:./data/accounts.db",
  // An example for one machine: whoever reaches it may do everything. See docs/http.md for bearer tokens.
  auth: "none",
});
