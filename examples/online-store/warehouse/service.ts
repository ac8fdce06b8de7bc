import { service } from "millrace";
import { allocation } from "./src/allocation.ts";
import { inventory } from "./src/inventory.ts";
import { findWarehouse, shelveDeliveries } from "./src/policies.ts";
import { publications } from "./src/publications.ts";
import { reservation } from "./src/reservation.ts";
import { serveOrder } from "./src/serve-order.ts";
import { reservations, stock, warehouses } from "./src/views.ts";
import { warehouse } from "./src/warehouse.ts";

/** The warehouses of the online store: what they have, and for which orders it is kept. */
export default service({
  name: "warehouse",
  aggregates: [warehouse, inventory, reservation, allocation],
  views: [warehouses, stock, reservations],
  policies: [shelveDeliveries, findWarehouse],
  processes: [serveOrder],
  publishes: publications,
});
