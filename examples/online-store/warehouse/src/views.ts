import { view } from "millrace";
import { z } from "zod";
import { inventory } from "./inventory.ts";
import { productId, quantity } from "./quantities.ts";
import { reservation, reservationStatus } from "./reservation.ts";
import { warehouse } from "./warehouse.ts";

/** Every warehouse. */
export const warehouses = view({
  name: "warehouses",
  from: [warehouse],
  schema: z.object({ name: z.string() }),
  indexes: ["name"],
  on: { WarehouseCreated: (_row, { data }) => ({ name: data.name }) },
});

const stockRow = z.object({
  warehouseId: z.string(),
  productId,
  available: z.int(),
  reserved: z.int(),
  sold: z.int(),
});

/** What each warehouse has of each product, by `warehouseId:productId`. */
export const stock = view({
  name: "stock",
  from: [inventory],
  schema: stockRow,
  indexes: ["warehouseId", "productId", "available"],
  on: {
    UnitsReceived: (row, { data }) => ({
      warehouseId: data.warehouseId,
      productId: data.productId,
      available: (row?.available ?? 0) + data.quantity,
      reserved: row?.reserved ?? 0,
      sold: row?.sold ?? 0,
    }),
    UnitsReserved: (row, { data }) => moved(row, { available: -data.quantity, reserved: data.quantity }),
    UnitsReleased: (row, { data }) => moved(row, { available: data.quantity, reserved: -data.quantity }),
    UnitsSold: (row, { data }) => moved(row, { reserved: -data.quantity, sold: data.quantity }),
  },
});

type StockRow = z.infer<typeof stockRow>;

function moved(
  row: StockRow | undefined,
  { available = 0, reserved = 0, sold = 0 }: Partial<Pick<StockRow, "available" | "reserved" | "sold">>,
): StockRow | undefined {
  return (
    row && {
      ...row,
      available: row.available + available,
      reserved: row.reserved + reserved,
      sold: row.sold + sold,
    }
  );
}

const reservationRow = z.object({
  orderId: z.string(),
  warehouseId: z.string(),
  productId,
  quantity,
  status: reservationStatus,
  reason: z.string().nullable(),
});

/** Every reservation as it is. */
export const reservations = view({
  name: "reservations",
  from: [reservation],
  schema: reservationRow,
  indexes: ["orderId", "warehouseId", "productId", "status"],
  on: {
    ReservationCreated: (_row, { data }) => ({ ...data, status: "RESERVATION_CREATED", reason: null }),
    OrderConnected: (row) => row && { ...row, status: "ORDER_CONNECTED" },
    InventoryConnected: (row) => row && { ...row, status: "INVENTORY_CONNECTED" },
    ReservationSucceeded: (row) => row && { ...row, status: "RESERVATION_SUCCEEDED" },
    ReservationFailed: (row, { data }) =>
      row && { ...row, status: "RESERVATION_FAILED", reason: data.reason },
    ReservationReleased: (row) => row && { ...row, status: "RESERVATION_RELEASED" },
  },
});
