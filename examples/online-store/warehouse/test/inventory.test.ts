import { checkGuards, given, project, reactionOf } from "millrace/testing";
import { describe, expect, test } from "vitest";
import { inventory, inventoryId, placeOf } from "../src/inventory.ts";
import { shelveDeliveries } from "../src/policies.ts";
import { stock, warehouses } from "../src/views.ts";
import { warehouse } from "../src/warehouse.ts";

const delivery = { warehouseId: "w1", productId: "tea", quantity: 10 };
const received = { type: "UnitsReceived", data: delivery } as const;
const reserved = { type: "UnitsReserved", data: { reservationId: "r1", quantity: 4 } } as const;
const released = { type: "UnitsReleased", data: { reservationId: "r1", quantity: 4 } } as const;
const sold = { type: "UnitsSold", data: { reservationId: "r1", quantity: 4 } } as const;

describe("an inventory", () => {
  test("has what was received", () => {
    given(inventory)
      .when("ReceiveUnits", delivery)
      .expectEvents(received)
      .expectState({ status: "INVENTORY_CREATED", available: 10, reserved: {}, sold: 0 });
    const { state } = given(inventory, received, reserved).when("ReceiveUnits", delivery);
    expect(state).toMatchObject({ status: "INVENTORY_RESERVED", available: 16 });
  });

  test("keeps units for a reservation, all that it has at most", () => {
    given(inventory, received)
      .when("ReserveUnits", reserved.data)
      .expectEvents(reserved)
      .expectState({ status: "INVENTORY_RESERVED", available: 6, reserved: { r1: 4 }, sold: 0 });
    const { state } = given(inventory, received).when("ReserveUnits", { reservationId: "r1", quantity: 10 });
    expect(state.available).toBe(0);
  });

  test("refuses more than is available, and says how much is", () => {
    const { refusal } = given(inventory, received, reserved)
      .when("ReserveUnits", { reservationId: "r2", quantity: 7 })
      .expectRefusal("inventory-insufficient");
    expect(refusal?.detail).toBe("7 units are wanted, and 6 are available.");
    given(inventory)
      .when("ReserveUnits", { reservationId: "r1", quantity: 1 })
      .expectRefusal("inventory-insufficient");
  });

  test("keeps units once for a reservation, so that none get lost", () => {
    given(inventory, received, reserved)
      .when("ReserveUnits", { reservationId: "r1", quantity: 2 })
      .expectRefusal("reservation-known");
  });

  test("has units back that are released, once", () => {
    given(inventory, received, reserved)
      .when("ReleaseUnits", { reservationId: "r1" })
      .expectEvents(released)
      .expectState({ status: "INVENTORY_RELEASED", available: 10, reserved: {}, sold: 0 });
    given(inventory, received, reserved, released)
      .when("ReleaseUnits", { reservationId: "r1" })
      .expectEvents();
  });

  test("sells what is reserved, and has it no more", () => {
    given(inventory, received, reserved)
      .when("SellUnits", { reservationId: "r1" })
      .expectEvents(sold)
      .expectState({ status: "INVENTORY_SOLD", available: 6, reserved: {}, sold: 4 });
    given(inventory, received, reserved, sold).when("ReleaseUnits", { reservationId: "r1" }).expectEvents();
  });

  test("sells nothing that is not reserved", () => {
    for (const events of [[received], [received, reserved, released], [received, reserved, sold]] as const) {
      given(inventory, ...events)
        .when("SellUnits", { reservationId: "r1" })
        .expectRefusal("reservation-unknown");
    }
  });

  test("tells reservations apart, whatever they are called", () => {
    const other = { type: "UnitsReserved", data: { reservationId: "r2", quantity: 1 } } as const;
    const { state } = given(inventory, received, reserved, other).when("SellUnits", { reservationId: "r2" });
    expect(state).toMatchObject({ available: 5, reserved: { r1: 4 }, sold: 1 });
    given(inventory, received).when("ReleaseUnits", { reservationId: "constructor" }).expectEvents();
    given(inventory, received)
      .when("SellUnits", { reservationId: "constructor" })
      .expectRefusal("reservation-unknown");
  });

  test("accepts every command somewhere, and its states stay whole", () => {
    const reservationId = ["r1", "r2"].map((id) => ({ reservationId: id }));
    const examples = {
      ReceiveUnits: [delivery],
      ReserveUnits: reservationId.map((id) => ({ ...id, quantity: 3 })),
      ReleaseUnits: reservationId,
      SellUnits: reservationId,
    };
    expect(checkGuards(inventory, { seed: 1, examples }).never).toEqual([]);
  });

  test("is named after its place, whatever the warehouse is called", () => {
    expect(placeOf(inventoryId("w1", "tea"))).toEqual({ warehouseId: "w1", productId: "tea" });
    expect(placeOf(inventoryId("north:1", "tea"))).toEqual({ warehouseId: "north:1", productId: "tea" });
  });
});

describe("a warehouse", () => {
  const created = { type: "WarehouseCreated", data: { name: "North" } } as const;
  const added = { type: "InventoryAdded", data: { productId: "tea", quantity: 10 } } as const;

  test("is created with a name, and takes deliveries", () => {
    given(warehouse)
      .when("CreateWarehouse", { name: " North " })
      .expectEvents(created)
      .expectState({ status: "WAREHOUSE_CREATED", name: "North" });
    given(warehouse, created).when("AddInventory", added.data).expectEvents(added);
  });

  test("has its deliveries shelved", async () => {
    expect(await reactionOf(shelveDeliveries, warehouse, "w1", added)).toEqual([
      inventory.commands.ReceiveUnits("w1:tea", delivery),
    ]);
    expect(await reactionOf(shelveDeliveries, warehouse, "w1", created)).toEqual([]);
  });

  test("is shown by name", () => {
    project(warehouses)
      .of(warehouse, "w1", created, added)
      .expectRows({ w1: { name: "North" } });
  });
});

describe("the stock", () => {
  const place = { warehouseId: "w1", productId: "tea" };

  test("shows what is available, reserved and sold", () => {
    const second = { type: "UnitsReserved", data: { reservationId: "r2", quantity: 3 } } as const;
    project(stock)
      .of(inventory, "w1:tea", received, reserved)
      .expectRows({ "w1:tea": { ...place, available: 6, reserved: 4, sold: 0 } })
      .of(inventory, "w1:tea", released)
      .expectRows({ "w1:tea": { ...place, available: 10, reserved: 0, sold: 0 } })
      .of(inventory, "w1:tea", second, { type: "UnitsSold", data: second.data }, received)
      .expectRows({ "w1:tea": { ...place, available: 17, reserved: 0, sold: 3 } });
  });

  test("has a row for each product of each warehouse", () => {
    const coffee = { type: "UnitsReceived", data: { ...delivery, productId: "coffee" } } as const;
    const { rows } = project(stock).of(inventory, "w1:tea", received).of(inventory, "w1:coffee", coffee);
    expect(Object.keys(rows)).toEqual(["w1:tea", "w1:coffee"]);
  });
});
