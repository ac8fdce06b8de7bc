import { service } from "millrace";
import accounts from "./contracts/accounts.ts";
import orders from "./contracts/orders.ts";
import payments from "./contracts/payments.ts";
import warehouse from "./contracts/warehouse.ts";
import { revenuePerDay, stockLevels } from "./src/figures.ts";
import { timeline } from "./src/timeline.ts";

/** What the other services tell, put together: it owns nothing, and takes no commands. */
export default service({
  name: "insights",
  views: [timeline, revenuePerDay, stockLevels],
  uses: [accounts, orders, payments, warehouse],
});
