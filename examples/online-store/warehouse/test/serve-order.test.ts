import { playProcess } from "millrace/testing";
import { describe, test } from "vitest";
import { allocation } from "../src/allocation.ts";
import { inventory } from "../src/inventory.ts";
import { reservation } from "../src/reservation.ts";
import { serveOrder } from "../src/serve-order.ts";

const lineItems = [
  { productId: "tea", quantity: 2 },
  { productId: "cup", quantity: 1 },
];
const insufficient = { status: "refused", code: "inventory-insufficient", detail: "Too few." } as const;
const forbidden = { status: "refused", code: "allocation-status-forbids", detail: "It is over." } as const;

/** The commands for a line of the order, by the number of the line. */
function line(
  number: number,
  { productId, quantity } = lineItems[number - 1] ?? { productId: "", quantity: 0 },
) {
  const reservationId = `o1.1.${number}`;
  const place = `w1:${productId}`;
  const details = { orderId: "o1", warehouseId: "w1", productId, quantity };
  return {
    create: reservation.commands.CreateReservation(reservationId, details),
    confirm: reservation.commands.ConfirmReservation(reservationId, {}),
    fail: reservation.commands.FailReservation(reservationId, { reason: "inventory-insufficient" }),
    cancel: reservation.commands.ReleaseReservation(reservationId, {}),
    reserve: inventory.commands.ReserveUnits(place, { reservationId, quantity }),
    release: inventory.commands.ReleaseUnits(place, { reservationId }),
    sell: inventory.commands.SellUnits(place, { reservationId }),
  };
}

const tea = line(1);
const cup = line(2);
const confirm = allocation.commands.ConfirmAllocation("o1", { attempt: 1 });
const reject = allocation.commands.RejectWarehouse("o1", { attempt: 1 });
const released = { type: "AllocationReleased", data: { attempt: 1 } } as const;
const sold = { type: "AllocationSold", data: { attempt: 1 } } as const;

const begun = (items = lineItems) =>
  playProcess(serveOrder).receive(allocation, "o1", {
    type: "WarehouseTried",
    data: { warehouseId: "w1", attempt: 1, lineItems: items },
  });

/** Every line is reserved, and the allocation is asked to succeed. */
const reserved = () =>
  begun()
    .answer("CreateReservation")
    .answer("ReserveUnits")
    .answer("CreateReservation")
    .answer("ReserveUnits")
    .expectSent(tea.create, tea.reserve, cup.create, cup.reserve, tea.confirm, cup.confirm, confirm)
    .answer("ConfirmReservation")
    .answer("ConfirmReservation");

describe("an order is served", () => {
  test("once every line is reserved, and not before", () => {
    begun()
      .expectSent(tea.create, tea.reserve, cup.create, cup.reserve)
      .answer("CreateReservation")
      .answer("ReserveUnits")
      .expectSent(tea.confirm)
      .answer("CreateReservation")
      .answer("ReserveUnits")
      .expectSent(cup.confirm, confirm)
      .answer("ConfirmAllocation")
      .expectSent()
      .expectEnded(false);
  });

  test("line by line also where two lines name one product", () => {
    const first = { productId: "tea", quantity: 1 };
    const second = { productId: "tea", quantity: 3 };
    begun([first, second]).expectSent(
      line(1, first).create,
      line(1, first).reserve,
      line(2, second).create,
      line(2, second).reserve,
    );
  });

  test("by an instance for each warehouse that is tried", () => {
    const again = { productId: "tea", quantity: 2 };
    playProcess(serveOrder)
      .receive(allocation, "o1", {
        type: "WarehouseTried",
        data: { warehouseId: "w2", attempt: 2, lineItems: [again] },
      })
      .expectSent(
        reservation.commands.CreateReservation("o1.2.1", { orderId: "o1", warehouseId: "w2", ...again }),
        inventory.commands.ReserveUnits("w2:tea", { reservationId: "o1.2.1", quantity: 2 }),
      )
      .answer("CreateReservation")
      .answer("ReserveUnits")
      .expectSent(
        reservation.commands.ConfirmReservation("o1.2.1", {}),
        allocation.commands.ConfirmAllocation("o1", { attempt: 2 }),
      );
  });

  test("until its units are sold", () => {
    reserved()
      .answer("ConfirmAllocation")
      .receive(allocation, "o1", sold)
      .expectSent(tea.sell, cup.sell)
      .expectEnded();
  });
});

describe("what was reserved is released", () => {
  test("in reverse order when a line is refused, and the warehouse is rejected", () => {
    begun()
      .answer("CreateReservation")
      .answer("ReserveUnits")
      .answer("CreateReservation")
      .expectSent(tea.create, tea.reserve, cup.create, cup.reserve, tea.confirm)
      .answer("ReserveUnits", insufficient)
      .expectSent(cup.fail, cup.cancel)
      .answer("ReleaseReservation")
      .expectSent(tea.release)
      .answer("ReleaseUnits")
      .expectSent(tea.cancel)
      .expectEnded(false)
      .answer("ReleaseReservation")
      .expectSent(reject)
      .expectEnded();
  });

  test("when a line is accepted only after another was refused", () => {
    begun()
      .answer("CreateReservation")
      .answer("ReserveUnits", insufficient)
      .expectSent(tea.create, tea.reserve, cup.create, cup.reserve, tea.fail, tea.cancel)
      .answer("ReleaseReservation")
      .expectSent()
      .expectEnded(false)
      .answer("CreateReservation")
      .expectSent(cup.cancel)
      .answer("ReserveUnits")
      .answer("ReleaseReservation")
      .expectSent(cup.release)
      .expectEnded(false)
      .answer("ReleaseUnits")
      .expectSent(reject)
      .expectEnded();
  });

  test("when every line is refused, and the warehouse is rejected once", () => {
    begun()
      .answer("CreateReservation")
      .answer("ReserveUnits", insufficient)
      .answer("CreateReservation")
      .answer("ReserveUnits", insufficient)
      .expectSent(tea.create, tea.reserve, cup.create, cup.reserve, tea.fail, tea.cancel)
      .answer("ReleaseReservation")
      .expectSent(cup.cancel)
      .answer("ReleaseReservation")
      .expectSent(reject)
      .expectEnded();
  });

  test("when the order is given up after it was allocated", () => {
    reserved()
      .answer("ConfirmAllocation")
      .receive(allocation, "o1", released)
      .expectSent(cup.release)
      .answer("ReleaseUnits")
      .expectSent(cup.cancel)
      .answer("ReleaseReservation")
      .expectSent(tea.release)
      .answer("ReleaseUnits")
      .expectSent(tea.cancel)
      .answer("ReleaseReservation")
      .expectSent(reject)
      .expectEnded();
  });

  test("when the order is given up before anything was answered", () => {
    begun()
      .receive(allocation, "o1", released)
      .expectSent(tea.create, tea.reserve, cup.create, cup.reserve)
      .answer("CreateReservation")
      .answer("ReserveUnits")
      .expectSent(tea.cancel)
      .answer("CreateReservation")
      .answer("ReserveUnits")
      .answer("ReleaseReservation")
      .expectSent(cup.release)
      .answer("ReleaseUnits")
      .expectSent(cup.cancel)
      .answer("ReleaseReservation")
      .expectSent(tea.release)
      .expectEnded(false)
      .answer("ReleaseUnits")
      .expectSent(reject)
      .expectEnded();
  });

  test("when the allocation succeeds no more, which it may say before or after that it was released", () => {
    reserved()
      .answer("ConfirmAllocation", forbidden)
      .expectSent(cup.release)
      .receive(allocation, "o1", released)
      .expectSent()
      .answer("ReleaseUnits")
      .expectSent(cup.cancel);
    reserved()
      .receive(allocation, "o1", released)
      .expectSent(cup.release)
      .answer("ConfirmAllocation", forbidden)
      .expectSent()
      .answer("ReleaseUnits")
      .expectSent(cup.cancel);
  });

  test("and nothing begins when an order is given up that no warehouse was tried for", () => {
    playProcess(serveOrder)
      .receive(allocation, "o1", { type: "AllocationReleased", data: { attempt: 0 } })
      .expectSent();
  });
});
