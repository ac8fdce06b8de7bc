import { publish } from "millrace";
import { z } from "zod";
import { allocation } from "./allocation.ts";
import { inventory, placeOf } from "./inventory.ts";
import { reservation, reservationStatus } from "./reservation.ts";

/** An order will be served: by which warehouse. The subject of these events is the order. */
const orderAllocated = publish({
  type: "OrderAllocated",
  from: allocation,
  on: "AllocationSucceeded",
  schema: z.object({ warehouseId: z.string() }),
  data: ({ data }) => data,
});

/** An order cannot be served. */
const allocationFailed = publish({
  type: "AllocationFailed",
  from: allocation,
  on: "AllocationFailed",
  schema: z.object({ reason: z.string() }),
  data: ({ data }) => data,
});

const statusAfter = {
  ReservationCreated: "RESERVATION_CREATED",
  OrderConnected: "ORDER_CONNECTED",
  InventoryConnected: "INVENTORY_CONNECTED",
  ReservationSucceeded: "RESERVATION_SUCCEEDED",
  ReservationFailed: "RESERVATION_FAILED",
  ReservationReleased: "RESERVATION_RELEASED",
} as const;

/** How a line of an order fares. */
const reservationChanged = publish({
  type: "ReservationChanged",
  from: reservation,
  on: [
    "ReservationCreated",
    "OrderConnected",
    "InventoryConnected",
    "ReservationSucceeded",
    "ReservationFailed",
    "ReservationReleased",
  ],
  schema: z.object({ orderId: z.string(), status: reservationStatus }),
  data: ({ type, data }) => ({ orderId: data.orderId, status: statusAfter[type] }),
});

/** Units came in or changed what they are: by how much each count changes. */
const stockChanged = publish({
  type: "StockChanged",
  from: inventory,
  on: ["UnitsReceived", "UnitsReserved", "UnitsReleased", "UnitsSold"],
  schema: z.object({
    warehouseId: z.string(),
    productId: z.string(),
    available: z.int(),
    reserved: z.int(),
    sold: z.int(),
  }),
  data: ({ type, aggregateId, data: { quantity } }) => ({
    ...placeOf(aggregateId),
    available: type === "UnitsReserved" ? -quantity : type === "UnitsSold" ? 0 : quantity,
    reserved: type === "UnitsReserved" ? quantity : type === "UnitsReceived" ? 0 : -quantity,
    sold: type === "UnitsSold" ? quantity : 0,
  }),
});

export const publications = [orderAllocated, allocationFailed, reservationChanged, stockChanged] as const;
