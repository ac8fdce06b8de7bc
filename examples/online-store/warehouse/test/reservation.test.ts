import { checkGuards, given, project } from "millrace/testing";
import { describe, expect, test } from "vitest";
import { reservation } from "../src/reservation.ts";
import { reservations } from "../src/views.ts";

const details = { orderId: "o1", warehouseId: "w1", productId: "tea", quantity: 2 };
const orderId = "o1";
const created = { type: "ReservationCreated", data: details } as const;
const ofOrder = { type: "OrderConnected", data: { orderId } } as const;
const ofInventory = { type: "InventoryConnected", data: { orderId } } as const;
const succeeded = { type: "ReservationSucceeded", data: { orderId } } as const;
const failed = { type: "ReservationFailed", data: { orderId, reason: "inventory-insufficient" } } as const;
const released = { type: "ReservationReleased", data: { orderId } } as const;

const connected = () => given(reservation, created, ofOrder);
const confirmed = () => given(reservation, created, ofOrder, ofInventory, succeeded);
const unfulfilled = () => given(reservation, created, ofOrder, failed);
const givenBack = () => given(reservation, created, ofOrder, ofInventory, succeeded, released);

describe("a reservation", () => {
  test("is created and connected to its order in one step", () => {
    given(reservation)
      .when("CreateReservation", details)
      .expectEvents(created, ofOrder)
      .expectState({ status: "ORDER_CONNECTED", ...details });
  });

  test("is connected to the inventory and succeeds in one step", () => {
    connected()
      .when("ConfirmReservation", {})
      .expectEvents(ofInventory, succeeded)
      .expectState({ status: "RESERVATION_SUCCEEDED", ...details });
  });

  test("fails for a reason", () => {
    connected()
      .when("FailReservation", { reason: "inventory-insufficient" })
      .expectEvents(failed)
      .expectState({ status: "RESERVATION_FAILED", ...details });
  });

  test("is released before and after it succeeded", () => {
    connected().when("ReleaseReservation", {}).expectEvents(released);
    confirmed()
      .when("ReleaseReservation", {})
      .expectEvents(released)
      .expectState({ status: "RESERVATION_RELEASED", ...details });
  });

  test("is released once, and not at all when it failed", () => {
    givenBack().when("ReleaseReservation", {}).expectEvents();
    unfulfilled().when("ReleaseReservation", {}).expectEvents();
  });

  test.each([
    ["RESERVATION_SUCCEEDED", confirmed],
    ["RESERVATION_FAILED", unfulfilled],
    ["RESERVATION_RELEASED", givenBack],
  ])("that is %s neither succeeds nor fails any more", (status, standing) => {
    const { refusal } = standing().when("ConfirmReservation", {}).expectRefusal("reservation-status-forbids");
    expect(refusal?.detail).toContain(status);
    standing().when("FailReservation", { reason: "late" }).expectRefusal("reservation-status-forbids");
  });

  test("offers exactly what it would accept", () => {
    const examples = { CreateReservation: [details] };
    expect(checkGuards(reservation, { seed: 1, examples }).never).toEqual([]);
  });

  test("is shown as it is, and why it failed", () => {
    const row = { ...details, reason: null };
    project(reservations)
      .of(reservation, "r1", created)
      .expectRows({ r1: { ...row, status: "RESERVATION_CREATED" } })
      .of(reservation, "r1", ofOrder)
      .expectRows({ r1: { ...row, status: "ORDER_CONNECTED" } })
      .of(reservation, "r1", ofInventory)
      .expectRows({ r1: { ...row, status: "INVENTORY_CONNECTED" } })
      .of(reservation, "r1", succeeded)
      .expectRows({ r1: { ...row, status: "RESERVATION_SUCCEEDED" } })
      .of(reservation, "r1", released)
      .expectRows({ r1: { ...row, status: "RESERVATION_RELEASED" } });
    project(reservations)
      .of(reservation, "r2", created, ofOrder, failed)
      .expectRows({ r2: { ...row, status: "RESERVATION_FAILED", reason: "inventory-insufficient" } });
  });
});
