import { z } from "zod";
import { type Access, aggregate, policy, publish, refuse, service, view } from "../../src/index.ts";

const existing = { userId: z.string(), vip: z.boolean() };

const account = aggregate({
  name: "account",
  collection: "accounts",
  stateVersion: 3,
  state: z.discriminatedUnion("status", [
    z.object({ status: z.literal("NONE") }),
    z.object({ status: z.literal("ACTIVE"), ...existing }),
    z.object({ status: z.literal("SUSPENDED"), ...existing, reason: z.string() }),
    z.object({ status: z.literal("CLOSED"), ...existing }),
  ]),
  initialState: { status: "NONE" },
  events: {
    AccountOpened: z.object(existing),
    AccountSuspended: z.object({ reason: z.string() }),
    AccountActivated: z.object({}),
    AccountClosed: z.object({}),
  },
  commands: {
    OpenAccount: z.object({ userId: z.string().min(1), vip: z.boolean().default(false) }),
    SuspendAccount: z
      .object({ reason: z.string().min(3) })
      .describe("Nothing can be booked until it is activated again."),
    ActivateAccount: z.object({}),
    CloseAccount: z.object({}),
    BreakAccount: z.object({}),
  },
  creates: "OpenAccount",
  begins: "AccountOpened",
  decide: {
    OpenAccount: ({ data }, _state, { AccountOpened }) => [AccountOpened(data)],
    SuspendAccount: ({ data }, state, { AccountSuspended }) =>
      state.status === "ACTIVE"
        ? [AccountSuspended(data)]
        : refuse("account-not-active", `The account is ${state.status}.`),
    ActivateAccount: (_command, state, { AccountActivated }) =>
      state.status === "SUSPENDED"
        ? [AccountActivated({})]
        : refuse("account-not-suspended", `The account is ${state.status}.`),
    CloseAccount: (_command, state, { AccountClosed }) =>
      state.status === "CLOSED" ? [] : [AccountClosed({})],
    BreakAccount: () => {
      throw new Error("a secret of the domain");
    },
  },
  when: {
    SuspendAccount: (state) => state.status === "ACTIVE",
    ActivateAccount: (state) => state.status === "SUSPENDED",
  },
  evolve: {
    AccountOpened: (_state, { data }) => ({ status: "ACTIVE", ...data }),
    AccountSuspended: (state, { data }) => ({ ...state, status: "SUSPENDED", reason: data.reason }),
    AccountActivated: ({ userId, vip }) => ({ status: "ACTIVE", userId, vip }),
    AccountClosed: ({ userId, vip }) => ({ status: "CLOSED", userId, vip }),
  },
  acceptsEvents: {
    schema: z.object({ type: z.enum(["suspended", "activated"]), reason: z.string().default("unknown") }),
    toCommand: ({ type, reason }) =>
      type === "suspended"
        ? { type: "SuspendAccount", data: { reason } }
        : { type: "ActivateAccount", data: {} },
  },
});

/** Has no creating command, accepts no events, and one of its commands follows a policy that fails. */
const door = aggregate({
  name: "door",
  collection: "doors",
  state: z.object({ status: z.enum(["OPEN", "CLOSED"]) }),
  initialState: { status: "CLOSED" },
  events: { DoorOpened: z.object({}), DoorClosed: z.object({}) },
  commands: { OpenDoor: z.object({}), CloseDoor: z.object({}) },
  decide: {
    OpenDoor: (_command, _state, { DoorOpened }) => [DoorOpened({})],
    CloseDoor: (_command, _state, { DoorClosed }) => [DoorClosed({})],
  },
  evolve: {
    DoorOpened: () => ({ status: "OPEN" }),
    DoorClosed: () => ({ status: "CLOSED" }),
  },
});

const accounts = view({
  name: "accounts",
  from: [account],
  schema: z.object({
    userId: z.string(),
    vip: z.boolean(),
    status: z.enum(["ACTIVE", "SUSPENDED"]),
    changes: z.number(),
  }),
  indexes: ["userId", "vip", "status", "changes"],
  on: {
    AccountOpened: (_row, { data }) => ({ ...data, status: "ACTIVE", changes: 0 }),
    AccountSuspended: (row) => row && { ...row, status: "SUSPENDED", changes: row.changes + 1 },
    AccountActivated: (row) => row && { ...row, status: "ACTIVE", changes: row.changes + 1 },
    AccountClosed: () => undefined,
  },
});

const doors = view({
  name: "doors",
  from: [door],
  schema: z.object({ isOpen: z.boolean() }),
  on: {
    DoorOpened: () => ({ isOpen: true }),
    DoorClosed: () => ({ isOpen: false }),
  },
});

/** Parks every door that is opened. */
const guardDoors = policy({
  name: "guard-doors",
  from: [door],
  on: {
    DoorOpened: () => {
      throw new Error("The guard is asleep.");
    },
  },
});

const accountOpened = publish({
  type: "AccountOpened",
  from: account,
  on: "AccountOpened",
  schema: z.object({ userId: z.string() }),
  data: ({ data }) => ({ userId: data.userId }),
});

/** Told twice of every account, so that pages may not end between the two. */
const accountClosed = publish({
  type: "AccountClosed",
  from: account,
  on: "AccountClosed",
  schema: z.object({ part: z.number() }),
  data: () => [{ part: 1 }, { part: 2 }],
});

export type ShopAccess = Access<
  readonly [typeof account, typeof door],
  readonly [typeof accounts, typeof doors]
>;

/** A service with one of everything, for the tests of the HTTP interface. */
export function shop(access?: ShopAccess) {
  return service({
    name: "shop",
    aggregates: [account, door],
    views: [accounts, doors],
    policies: [guardDoors],
    publishes: [accountOpened, accountClosed],
    ...(access === undefined ? {} : { access }),
  });
}

/** Only the account and its view: nothing of it is ever parked. */
export function calmShop() {
  return service({ name: "calm-shop", aggregates: [account], views: [accounts] });
}
