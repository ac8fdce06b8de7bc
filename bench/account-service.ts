import { z } from "zod";
import { aggregate, refuse, service, view } from "../src/index.ts";

const existing = { userId: z.number(), accountNumber: z.string() };

/** A small account, so that the benchmarks measure the platform and not a domain. */
const account = aggregate({
  name: "account",
  collection: "accounts",
  state: z.discriminatedUnion("status", [
    z.object({ status: z.literal("NONE") }),
    z.object({ status: z.literal("ACTIVE"), ...existing }),
    z.object({ status: z.literal("SUSPENDED"), ...existing }),
  ]),
  initialState: { status: "NONE" },
  events: {
    AccountOpened: z.object(existing),
    AccountSuspended: z.object({ reason: z.string() }),
    AccountActivated: z.object({ reason: z.string() }),
  },
  commands: {
    OpenAccount: z.object(existing),
    SuspendAccount: z.object({ reason: z.string().min(3) }),
    ActivateAccount: z.object({ reason: z.string().min(3) }),
  },
  creates: "OpenAccount",
  begins: "AccountOpened",
  decide: {
    OpenAccount: ({ data }, _state, { AccountOpened }) => [AccountOpened(data)],
    SuspendAccount: ({ data }, state, { AccountSuspended }) =>
      state.status === "ACTIVE"
        ? [AccountSuspended(data)]
        : refuse("account-not-active", `The account is ${state.status}.`),
    ActivateAccount: ({ data }, state, { AccountActivated }) =>
      state.status === "SUSPENDED"
        ? [AccountActivated(data)]
        : refuse("account-not-suspended", `The account is ${state.status}.`),
  },
  evolve: {
    AccountOpened: (_state, { data }) => ({ status: "ACTIVE", ...data }),
    AccountSuspended: (state) => ({ ...state, status: "SUSPENDED" }),
    AccountActivated: (state) => ({ ...state, status: "ACTIVE" }),
  },
});

const accounts = view({
  name: "accounts",
  from: [account],
  schema: z.object({
    userId: z.number(),
    accountNumber: z.string(),
    status: z.enum(["ACTIVE", "SUSPENDED"]),
    changes: z.number(),
    lastModified: z.number(),
  }),
  indexes: ["userId", "status"],
  on: {
    AccountOpened: (_row, { data, recordedAt }) => ({
      ...data,
      status: "ACTIVE",
      changes: 0,
      lastModified: recordedAt,
    }),
    AccountSuspended: (row, { recordedAt }) =>
      row && { ...row, status: "SUSPENDED", changes: row.changes + 1, lastModified: recordedAt },
    AccountActivated: (row, { recordedAt }) =>
      row && { ...row, status: "ACTIVE", changes: row.changes + 1, lastModified: recordedAt },
  },
});

export const accountService = service({ name: "accounts", aggregates: [account], views: [accounts] });
