import { service } from "millrace";
import accounts from "./contracts/accounts.ts";
import payments from "./contracts/payments.ts";
import warehouse from "./contracts/warehouse.ts";
import { fulfilOrderWithin } from "./src/fulfil-order.ts";
import { holdOrders } from "./src/hold-orders.ts";
import { order } from "./src/order.ts";
import { publications } from "./src/publications.ts";
import { orders } from "./src/views.ts";

/** The orders of the online store: what accounts want, and how the other services bring it about. */
export default service({
  name: "orders",
  aggregates: [order],
  views: [orders],
  processes: [fulfilOrderWithin(process.env.ORDER_DEADLINE ?? "1 min"), holdOrders],
  publishes: publications,
  uses: [accounts, payments, warehouse],
});
