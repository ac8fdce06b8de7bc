import { defineConfig } from "millrace/node";
import service from "./src/service.ts";

export default defineConfig({
  service,
  // The environment goes before what stands here: DATABASE_URL, PORT, MILLRACE_ROLES, LOG_LEVEL.
  database: "sqlite:./data/app.db",
  port: 3000,
  // Before "millrace start" runs, decide who gets in: see "auth" in the documentation of Millrace.
});
