import { aggregate, refuse } from "millrace";
import { z } from "zod";
import { productId, quantity } from "./quantities.ts";

export const reservationStatus = z.enum([
  "RESERVATION_CREATED",
  "ORDER_CONNECTED",
  "INVENTORY_CONNECTED",
  "RESERVATION_SUCCEEDED",
  "RESERVATION_FAILED",
  "RESERVATION_RELEASED",
]);

const details = { orderId: z.string(), warehouseId: z.string(), productId, quantity };

/** Units of one product for one line of an order. */
export const reservation = aggregate({
  name: "reservation",
  collection: "reservations",
  state: z.discriminatedUnion("status", [
    z.object({ status: z.literal("NONE") }),
    z.object({ status: reservationStatus, ...details }),
  ]),
  initialState: { status: "NONE" },
  events: {
    ReservationCreated: z.object(details),
    OrderConnected: z.object({ orderId: details.orderId }),
    InventoryConnected: z.object({ orderId: details.orderId }),
    ReservationSucceeded: z.object({ orderId: details.orderId }),
    ReservationFailed: z.object({ orderId: details.orderId, reason: z.string() }),
    ReservationReleased: z.object({ orderId: details.orderId }),
  },
  commands: {
    CreateReservation: z.object(details),
    ConfirmReservation: z.object({}),
    FailReservation: z.object({ reason: z.string() }),
    ReleaseReservation: z.object({}),
  },
  creates: "CreateReservation",
  begins: "ReservationCreated",
  decide: {
    CreateReservation: ({ data }, _state, { ReservationCreated, OrderConnected }) => [
      ReservationCreated(data),
      OrderConnected({ orderId: data.orderId }),
    ],
    ConfirmReservation: (_command, { status, orderId }, { InventoryConnected, ReservationSucceeded }) =>
      status === "ORDER_CONNECTED"
        ? [InventoryConnected({ orderId }), ReservationSucceeded({ orderId })]
        : refuse("reservation-status-forbids", `A reservation that is ${status} cannot succeed.`),
    FailReservation: ({ data }, { status, orderId }, { ReservationFailed }) =>
      status === "ORDER_CONNECTED"
        ? [ReservationFailed({ orderId, reason: data.reason })]
        : refuse("reservation-status-forbids", `A reservation that is ${status} cannot fail.`),
    ReleaseReservation: (_command, { status, orderId }, { ReservationReleased }) =>
      status === "ORDER_CONNECTED" || status === "RESERVATION_SUCCEEDED"
        ? [ReservationReleased({ orderId })]
        : [],
  },
  evolve: {
    ReservationCreated: (_state, { data }) => ({ status: "RESERVATION_CREATED", ...data }),
    OrderConnected: (state) => ({ ...state, status: "ORDER_CONNECTED" }),
    InventoryConnected: (state) => ({ ...state, status: "INVENTORY_CONNECTED" }),
    ReservationSucceeded: (state) => ({ ...state, status: "RESERVATION_SUCCEEDED" }),
    ReservationFailed: (state) => ({ ...state, status: "RESERVATION_FAILED" }),
    ReservationReleased: (state) => ({ ...state, status: "RESERVATION_RELEASED" }),
  },
  when: {
    ConfirmReservation: isConnected,
    FailReservation: isConnected,
  },
});

function isConnected({ status }: { readonly status: z.infer<typeof reservationStatus> }): boolean {
  return status === "ORDER_CONNECTED";
}
