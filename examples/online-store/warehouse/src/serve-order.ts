import { become, compensate, end, process, send } from "millrace";
import { z } from "zod";
import { allocation } from "./allocation.ts";
import { inventory, inventoryId } from "./inventory.ts";
import { productId, quantity } from "./quantities.ts";
import { reservation } from "./reservation.ts";

const state = z.object({
  orderId: z.string(),
  attempt: z.int(),
  lines: z.array(
    z.object({
      reservationId: z.string(),
      inventoryId: z.string(),
      productId,
      quantity,
      isReserved: z.boolean(),
    }),
  ),
});

type Line = z.infer<typeof state>["lines"][number];

/**
 * Serves an order from one warehouse, all lines or none: one instance for each warehouse that is tried. It lives until what it has
 * reserved is sold or released.
 */
export const serveOrder = process({
  name: "serve-order",
  from: [allocation],
  correlate: (event) => ("attempt" in event.data ? `${event.aggregateId}.${event.data.attempt}` : undefined),
  begins: "WarehouseTried",
  state,
  initialState: { orderId: "", attempt: 0, lines: [] },
  on: {
    WarehouseTried: (_state, { aggregateId: orderId, data: { warehouseId, attempt, lineItems } }) => {
      const lines = lineItems.map(
        (item, index): Line => ({
          reservationId: `${orderId}.${attempt}.${index + 1}`,
          inventoryId: inventoryId(warehouseId, item.productId),
          ...item,
          isReserved: false,
        }),
      );
      return [
        become({ orderId, attempt, lines }),
        ...lines.flatMap((line) => reserve(line, orderId, warehouseId)),
      ];
    },
    AllocationReleased: () => compensate(),
    AllocationSold: ({ lines }) => [
      ...lines.map(({ inventoryId: id, reservationId }) =>
        send(inventory.commands.SellUnits(id, { reservationId })),
      ),
      end(),
    ],
  },
  answers: {
    ReserveUnits: (before, { status, call }) => {
      const { reservationId } = call.data as { readonly reservationId: string };
      if (status === "refused") {
        const reason = "inventory-insufficient";
        return [send(reservation.commands.FailReservation(reservationId, { reason })), compensate()];
      }
      const lines = before.lines.map((line) =>
        line.reservationId === reservationId ? { ...line, isReserved: true } : line,
      );
      const { orderId, attempt } = before;
      return [
        become({ ...before, lines }),
        send(reservation.commands.ConfirmReservation(reservationId, {})),
        ...(lines.every(({ isReserved }) => isReserved)
          ? [send(allocation.commands.ConfirmAllocation(orderId, { attempt }))]
          : []),
      ];
    },
    ConfirmAllocation: (_state, { status }) => (status === "refused" ? compensate() : undefined),
  },
  compensated: ({ orderId, attempt }) => [
    send(allocation.commands.RejectWarehouse(orderId, { attempt })),
    end(),
  ],
});

function reserve(line: Line, orderId: string, warehouseId: string) {
  const { reservationId, inventoryId: id, productId: product, quantity: units } = line;
  return [
    send(
      reservation.commands.CreateReservation(reservationId, {
        orderId,
        warehouseId,
        productId: product,
        quantity: units,
      }),
      { undo: reservation.commands.ReleaseReservation(reservationId, {}) },
    ),
    send(inventory.commands.ReserveUnits(id, { reservationId, quantity: units }), {
      undo: inventory.commands.ReleaseUnits(id, { reservationId }),
    }),
  ];
}
