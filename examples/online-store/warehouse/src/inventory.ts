import { aggregate, refuse } from "millrace";
import { z } from "zod";
import { productId, quantity } from "./quantities.ts";

const reservationId = z.string();

/** What a warehouse has of a product: its units are available, then reserved, then sold, or released and available again. */
export const inventory = aggregate({
  name: "inventory",
  collection: "inventory",
  state: z.object({
    status: z.enum([
      "NONE",
      "INVENTORY_CREATED",
      "INVENTORY_RESERVED",
      "INVENTORY_RELEASED",
      "INVENTORY_SOLD",
    ]),
    available: z.int(),
    /** Units by reservation. */
    reserved: z.record(reservationId, z.int()),
    sold: z.int(),
  }),
  initialState: { status: "NONE", available: 0, reserved: {}, sold: 0 },
  events: {
    UnitsReceived: z.object({ warehouseId: z.string(), productId, quantity }),
    UnitsReserved: z.object({ reservationId, quantity }),
    UnitsReleased: z.object({ reservationId, quantity }),
    UnitsSold: z.object({ reservationId, quantity }),
  },
  commands: {
    ReceiveUnits: z.object({ warehouseId: z.string(), productId, quantity }),
    ReserveUnits: z.object({ reservationId, quantity }),
    ReleaseUnits: z.object({ reservationId }),
    SellUnits: z.object({ reservationId }),
  },
  decide: {
    ReceiveUnits: ({ data }, _state, { UnitsReceived }) => [UnitsReceived(data)],
    ReserveUnits: ({ data }, { available, reserved }, { UnitsReserved }) => {
      if (unitsOf(reserved, data.reservationId) !== undefined) {
        return refuse("reservation-known", `Units are reserved for ${data.reservationId} already.`);
      }
      return data.quantity <= available
        ? [UnitsReserved(data)]
        : refuse(
            "inventory-insufficient",
            `${data.quantity} units are wanted, and ${available} are available.`,
          );
    },
    ReleaseUnits: ({ data }, { reserved }, { UnitsReleased }) => {
      const units = unitsOf(reserved, data.reservationId);
      return units === undefined ? [] : [UnitsReleased({ ...data, quantity: units })];
    },
    SellUnits: ({ data }, { reserved }, { UnitsSold }) => {
      const units = unitsOf(reserved, data.reservationId);
      return units === undefined
        ? refuse("reservation-unknown", `Nothing is reserved for ${data.reservationId}.`)
        : [UnitsSold({ ...data, quantity: units })];
    },
  },
  evolve: {
    UnitsReceived: (state, { data }) => ({
      ...state,
      status: state.status === "NONE" ? "INVENTORY_CREATED" : state.status,
      available: state.available + data.quantity,
    }),
    UnitsReserved: (state, { data }) => ({
      ...state,
      status: "INVENTORY_RESERVED",
      available: state.available - data.quantity,
      reserved: { ...state.reserved, [data.reservationId]: data.quantity },
    }),
    UnitsReleased: (state, { data }) => ({
      ...state,
      status: "INVENTORY_RELEASED",
      available: state.available + data.quantity,
      reserved: without(state.reserved, data.reservationId),
    }),
    UnitsSold: (state, { data }) => ({
      ...state,
      status: "INVENTORY_SOLD",
      reserved: without(state.reserved, data.reservationId),
      sold: state.sold + data.quantity,
    }),
  },
});

function unitsOf(reserved: Readonly<Record<string, number>>, id: string): number | undefined {
  return Object.hasOwn(reserved, id) ? reserved[id] : undefined;
}

function without(reserved: Readonly<Record<string, number>>, id: string): Record<string, number> {
  const { [id]: _, ...others } = reserved;
  return others;
}

/** The id of what a warehouse has of a product. */
export function inventoryId(warehouseId: string, product: string): string {
  return `${warehouseId}:${product}`;
}

/** The warehouse and the product of an inventory. Product ids hold no colon. */
export function placeOf(id: string): { readonly warehouseId: string; readonly productId: string } {
  const at = id.lastIndexOf(":");
  return { warehouseId: id.slice(0, at), productId: id.slice(at + 1) };
}
