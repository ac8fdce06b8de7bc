import { aggregate, refuse } from "millrace";
import { z } from "zod";
import { lineItem } from "./quantities.ts";

const lineItems = z.array(lineItem).min(1).max(100);
const attempt = z.int();

/** What an order is served with: one warehouse that has every product. It has the order's id. */
export const allocation = aggregate({
  name: "allocation",
  collection: "allocations",
  state: z.discriminatedUnion("status", [
    z.object({ status: z.literal("NONE") }),
    z.object({
      status: z.enum([
        "ALLOCATION_REQUESTED",
        "ALLOCATION_PENDING",
        "ALLOCATION_SUCCEEDED",
        "ALLOCATION_FAILED",
        "ALLOCATION_RELEASED",
        "ALLOCATION_SOLD",
      ]),
      lineItems,
      /** The warehouses that were asked; the last one is the one that is asked, or serves. */
      tried: z.array(z.string()),
    }),
  ]),
  initialState: { status: "NONE" },
  events: {
    AllocationRequested: z.object({ lineItems }),
    WarehouseTried: z.object({ warehouseId: z.string(), attempt, lineItems }),
    WarehouseRejected: z.object({ attempt, lineItems, tried: z.array(z.string()) }),
    AllocationSucceeded: z.object({ warehouseId: z.string() }),
    AllocationFailed: z.object({ reason: z.string() }),
    AllocationReleased: z.object({ attempt }),
    AllocationSold: z.object({ attempt }),
  },
  commands: {
    AllocateOrder: z.object({ lineItems }),
    TryWarehouse: z.object({ warehouseId: z.string() }),
    RejectWarehouse: z.object({ attempt }),
    ConfirmAllocation: z.object({ attempt }),
    FailAllocation: z.object({ reason: z.string() }),
    ReleaseAllocation: z.object({}),
    SellAllocation: z.object({}),
  },
  creates: "AllocateOrder",
  begins: "AllocationRequested",
  decide: {
    AllocateOrder: ({ data }, _state, { AllocationRequested }) => [AllocationRequested(data)],
    TryWarehouse: ({ data }, state, { WarehouseTried }) =>
      state.status === "ALLOCATION_REQUESTED"
        ? [WarehouseTried({ ...data, attempt: state.tried.length + 1, lineItems: state.lineItems })]
        : forbidden(state),
    RejectWarehouse: ({ data }, state, { WarehouseRejected }) =>
      state.status === "ALLOCATION_PENDING" && data.attempt === state.tried.length
        ? [WarehouseRejected({ ...data, lineItems: state.lineItems, tried: state.tried })]
        : [],
    ConfirmAllocation: ({ data }, state, { AllocationSucceeded }) =>
      state.status === "ALLOCATION_PENDING" && data.attempt === state.tried.length
        ? [AllocationSucceeded({ warehouseId: state.tried.at(-1) ?? "" })]
        : forbidden(state),
    FailAllocation: ({ data }, state, { AllocationFailed }) =>
      state.status === "ALLOCATION_REQUESTED" ? [AllocationFailed(data)] : forbidden(state),
    ReleaseAllocation: (_command, state, { AllocationReleased }) =>
      state.status === "ALLOCATION_SOLD"
        ? forbidden(state)
        : isOver(state)
          ? []
          : [AllocationReleased({ attempt: state.tried.length })],
    SellAllocation: (_command, state, { AllocationSold }) =>
      state.status === "ALLOCATION_SUCCEEDED"
        ? [AllocationSold({ attempt: state.tried.length })]
        : forbidden(state),
  },
  evolve: {
    AllocationRequested: (_state, { data }) => ({ status: "ALLOCATION_REQUESTED", ...data, tried: [] }),
    WarehouseTried: (state, { data }) => ({
      ...state,
      status: "ALLOCATION_PENDING",
      tried: [...state.tried, data.warehouseId],
    }),
    WarehouseRejected: (state) => ({ ...state, status: "ALLOCATION_REQUESTED" }),
    AllocationSucceeded: (state) => ({ ...state, status: "ALLOCATION_SUCCEEDED" }),
    AllocationFailed: (state) => ({ ...state, status: "ALLOCATION_FAILED" }),
    AllocationReleased: (state) => ({ ...state, status: "ALLOCATION_RELEASED" }),
    AllocationSold: (state) => ({ ...state, status: "ALLOCATION_SOLD" }),
  },
});

function isOver({ status }: { readonly status: string }): boolean {
  return status === "ALLOCATION_FAILED" || status === "ALLOCATION_RELEASED";
}

function forbidden({ status }: { readonly status: string }) {
  return refuse("allocation-status-forbids", `The order's allocation is ${status}.`);
}
