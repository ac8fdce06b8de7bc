import { given, reactionOf } from "millrace/testing";
import { describe, expect, test } from "vitest";
import { allocation } from "../src/allocation.ts";
import { findWarehouse } from "../src/policies.ts";
import { type Available, stockOf } from "./stock-of.ts";

const lineItems = [
  { productId: "tea", quantity: 2 },
  { productId: "cup", quantity: 1 },
];
const onlyFirst = ["w1"];
const requested = { type: "AllocationRequested", data: { lineItems } } as const;
const tried = { type: "WarehouseTried", data: { warehouseId: "w1", attempt: 1, lineItems } } as const;
const rejected = { type: "WarehouseRejected", data: { attempt: 1, lineItems, tried: onlyFirst } } as const;
const triedAgain = { type: "WarehouseTried", data: { warehouseId: "w2", attempt: 2, lineItems } } as const;
const succeeded = { type: "AllocationSucceeded", data: { warehouseId: "w1" } } as const;
const failed = { type: "AllocationFailed", data: { reason: "none" } } as const;
const released = { type: "AllocationReleased", data: { attempt: 1 } } as const;
const sold = { type: "AllocationSold", data: { attempt: 1 } } as const;

const standing = {
  ALLOCATION_REQUESTED: () => given(allocation, requested),
  ALLOCATION_PENDING: () => given(allocation, requested, tried),
  ALLOCATION_SUCCEEDED: () => given(allocation, requested, tried, succeeded),
  ALLOCATION_FAILED: () => given(allocation, requested, failed),
  ALLOCATION_RELEASED: () => given(allocation, requested, tried, released),
  ALLOCATION_SOLD: () => given(allocation, requested, tried, succeeded, sold),
};
const secondAttempt = () => given(allocation, requested, tried, rejected, triedAgain);

type Status = keyof typeof standing;

function statusesBut(...accepting: readonly Status[]): readonly Status[] {
  return (Object.keys(standing) as Status[]).filter((status) => !accepting.includes(status));
}

describe("an allocation", () => {
  test("goes from a request over a warehouse that is tried to success", () => {
    given(allocation)
      .when("AllocateOrder", { lineItems })
      .expectEvents(requested)
      .expectState({ status: "ALLOCATION_REQUESTED", lineItems, tried: [] });
    standing
      .ALLOCATION_REQUESTED()
      .when("TryWarehouse", { warehouseId: "w1" })
      .expectEvents(tried)
      .expectState({ status: "ALLOCATION_PENDING", lineItems, tried: ["w1"] });
    standing
      .ALLOCATION_PENDING()
      .when("ConfirmAllocation", { attempt: 1 })
      .expectEvents(succeeded)
      .expectState({ status: "ALLOCATION_SUCCEEDED", lineItems, tried: ["w1"] });
  });

  test("asks for another warehouse when one is rejected", () => {
    standing
      .ALLOCATION_PENDING()
      .when("RejectWarehouse", { attempt: 1 })
      .expectEvents(rejected)
      .expectState({ status: "ALLOCATION_REQUESTED", lineItems, tried: ["w1"] });
    given(allocation, requested, tried, rejected)
      .when("TryWarehouse", { warehouseId: "w2" })
      .expectEvents(triedAgain)
      .expectState({ status: "ALLOCATION_PENDING", lineItems, tried: ["w1", "w2"] });
    secondAttempt()
      .when("ConfirmAllocation", { attempt: 2 })
      .expectEvents({ type: "AllocationSucceeded", data: { warehouseId: "w2" } });
  });

  test("fails, or is sold", () => {
    standing.ALLOCATION_REQUESTED().when("FailAllocation", failed.data).expectEvents(failed);
    standing.ALLOCATION_SUCCEEDED().when("SellAllocation", {}).expectEvents(sold);
    given(allocation, requested, tried, rejected, triedAgain, {
      type: "AllocationSucceeded",
      data: { warehouseId: "w2" },
    })
      .when("SellAllocation", {})
      .expectEvents({ type: "AllocationSold", data: { attempt: 2 } });
  });

  test("is not moved by what comes late of an attempt before", () => {
    secondAttempt().when("RejectWarehouse", { attempt: 1 }).expectEvents();
    secondAttempt().when("ConfirmAllocation", { attempt: 1 }).expectRefusal("allocation-status-forbids");
  });

  test.each(statusesBut("ALLOCATION_PENDING"))("that is %s passes over a rejection", (status) => {
    standing[status]().when("RejectWarehouse", { attempt: 1 }).expectEvents();
  });

  test.each(statusesBut("ALLOCATION_PENDING"))("that is %s refuses to succeed", (status) => {
    const { refusal } = standing[status]()
      .when("ConfirmAllocation", { attempt: 1 })
      .expectRefusal("allocation-status-forbids");
    expect(refusal?.detail).toContain(status);
  });

  test.each(statusesBut("ALLOCATION_REQUESTED"))("that is %s neither fails nor tries", (status) => {
    standing[status]().when("FailAllocation", failed.data).expectRefusal("allocation-status-forbids");
    standing[status]().when("TryWarehouse", { warehouseId: "w3" }).expectRefusal("allocation-status-forbids");
  });

  test.each(statusesBut("ALLOCATION_SUCCEEDED"))("that is %s is not sold", (status) => {
    standing[status]().when("SellAllocation", {}).expectRefusal("allocation-status-forbids");
  });

  test.each([
    ["ALLOCATION_REQUESTED", 0],
    ["ALLOCATION_PENDING", 1],
    ["ALLOCATION_SUCCEEDED", 1],
  ] as const)("that is %s is released, of attempt %i", (status, attempt) => {
    const { state } = standing[status]()
      .when("ReleaseAllocation", {})
      .expectEvents({ type: "AllocationReleased", data: { attempt } });
    expect(state.status).toBe("ALLOCATION_RELEASED");
  });

  test("has nothing to release once it failed or was released, and keeps nothing back once it is sold", () => {
    standing.ALLOCATION_FAILED().when("ReleaseAllocation", {}).expectEvents();
    standing.ALLOCATION_RELEASED().when("ReleaseAllocation", {}).expectEvents();
    standing.ALLOCATION_SOLD().when("ReleaseAllocation", {}).expectRefusal("allocation-status-forbids");
  });
});

describe("a warehouse is found", () => {
  const noWarehouse = [
    allocation.commands.FailAllocation("o1", { reason: "no-warehouse-has-every-product" }),
  ];
  const asked = (...rows: readonly Available[]) =>
    reactionOf(findWarehouse, allocation, "o1", requested, { rows: stockOf(...rows) });

  test("that has every product, the one with most of the first", async () => {
    expect(
      await asked(["w1", "tea", 50], ["w2", "tea", 2], ["w2", "cup", 1], ["w3", "tea", 9], ["w3", "cup", 1]),
    ).toEqual([allocation.commands.TryWarehouse("o1", { warehouseId: "w3" })]);
  });

  test("that has enough of each", async () => {
    expect(await asked(["w1", "tea", 1], ["w1", "cup", 1])).toEqual(noWarehouse);
    expect(await asked(["w1", "tea", 2], ["w2", "cup", 1])).toEqual(noWarehouse);
    expect(await asked()).toEqual(noWarehouse);
  });

  test("for all that the lines of one product come to", async () => {
    const twice = [2, 2].map((quantity) => ({ productId: "tea", quantity }));
    const event = { type: "AllocationRequested", data: { lineItems: twice } } as const;
    const found = (available: number) =>
      reactionOf(findWarehouse, allocation, "o1", event, { rows: stockOf(["w1", "tea", available]) });
    expect(await found(3)).toEqual(noWarehouse);
    expect(await found(4)).toEqual([allocation.commands.TryWarehouse("o1", { warehouseId: "w1" })]);
  });

  test("that was not tried", async () => {
    const found = (...rows: readonly Available[]) =>
      reactionOf(findWarehouse, allocation, "o1", rejected, { rows: stockOf(...rows) });
    const first: readonly Available[] = [
      ["w1", "tea", 9],
      ["w1", "cup", 9],
    ];
    expect(await found(...first)).toEqual(noWarehouse);
    expect(await found(...first, ["w2", "tea", 2], ["w2", "cup", 1])).toEqual([
      allocation.commands.TryWarehouse("o1", { warehouseId: "w2" }),
    ]);
  });

  test("only when one is asked for", async () => {
    expect(await reactionOf(findWarehouse, allocation, "o1", tried)).toEqual([]);
  });
});
