import { serve } from "../../src/hosts/node/index.ts";
import { accountService } from "../account-service.ts";

const [path = ""] = process.argv.slice(2);
const { url } = await serve(accountService, {
  auth: "none",
  port: 0,
  host: "127.0.0.1",
  database: `sqlite:${path}`,
  logLevel: "error",
});
console.log(url);
