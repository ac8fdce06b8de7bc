import { aggregate, refuse } from "millrace";
import { z } from "zod";

export const accountStatus = z.enum([
  "ACCOUNT_CREATED",
  "ACCOUNT_PENDING",
  "ACCOUNT_CONFIRMED",
  "ACCOUNT_ACTIVE",
  "ACCOUNT_SUSPENDED",
  "ACCOUNT_ARCHIVED",
]);

const details = {
  userId: z.int().positive(),
  accountNumber: z.string().regex(/^[A-Za-z0-9-]{1,34}$/, "must be 1 to 34 letters, digits or dashes"),
  defaultAccount: z.boolean(),
};

/** Whose account it is and what it was before travel with the event: a view that counts per user needs no more. */
const left = z.object({ userId: details.userId, from: accountStatus });

/** An event-shaped request: what the account is wanted to have become. */
const wantedEvent = z.object({
  type: z.enum(["ACCOUNT_CONFIRMED", "ACCOUNT_ACTIVE", "ACCOUNT_SUSPENDED", "ACCOUNT_ARCHIVED"]),
  accountNumber: details.accountNumber,
  createdAt: z.number().optional(),
  lastModified: z.number().optional(),
});

const leadsTo = {
  ACCOUNT_CONFIRMED: "ConfirmAccount",
  ACCOUNT_ACTIVE: "ActivateAccount",
  ACCOUNT_SUSPENDED: "SuspendAccount",
  ACCOUNT_ARCHIVED: "ArchiveAccount",
} as const;

/** A customer's account: created and pending, then confirmed and active by policy; suspended or archived, and back. */
export const account = aggregate({
  name: "account",
  collection: "accounts",
  state: z.discriminatedUnion("status", [
    z.object({ status: z.literal("NONE") }),
    z.object({ status: accountStatus, ...details }),
  ]),
  initialState: { status: "NONE" },
  events: {
    AccountCreated: z.object(details),
    AccountPending: left,
    AccountConfirmed: left,
    AccountActivated: left,
    AccountSuspended: left,
    AccountArchived: left,
  },
  commands: {
    CreateAccount: z.object({ ...details, defaultAccount: details.defaultAccount.default(false) }),
    ConfirmAccount: z.object({}),
    /** `from`: only if that is what the account still is. */
    ActivateAccount: z.object({ from: accountStatus.optional() }),
    SuspendAccount: z.object({}),
    ArchiveAccount: z.object({}),
  },
  creates: "CreateAccount",
  begins: "AccountCreated",
  decide: {
    CreateAccount: ({ data }, _state, { AccountCreated, AccountPending }) => [
      AccountCreated(data),
      AccountPending({ userId: data.userId, from: "ACCOUNT_CREATED" }),
    ],
    ConfirmAccount: (_command, state, { AccountConfirmed }) =>
      canConfirm(state) ? [AccountConfirmed(leaving(state))] : forbidden("confirmed", state),
    ActivateAccount: ({ data }, state, { AccountActivated }) =>
      canActivate(state) && (data.from ?? state.status) === state.status
        ? [AccountActivated(leaving(state))]
        : forbidden("activated", state),
    SuspendAccount: (_command, state, { AccountSuspended }) =>
      isActive(state) ? [AccountSuspended(leaving(state))] : forbidden("suspended", state),
    ArchiveAccount: (_command, state, { AccountArchived }) =>
      isActive(state) ? [AccountArchived(leaving(state))] : forbidden("archived", state),
  },
  evolve: {
    AccountCreated: (_state, { data }) => ({ status: "ACCOUNT_CREATED", ...data }),
    AccountPending: (state) => ({ ...state, status: "ACCOUNT_PENDING" }),
    AccountConfirmed: (state) => ({ ...state, status: "ACCOUNT_CONFIRMED" }),
    AccountActivated: (state) => ({ ...state, status: "ACCOUNT_ACTIVE" }),
    AccountSuspended: (state) => ({ ...state, status: "ACCOUNT_SUSPENDED" }),
    AccountArchived: (state) => ({ ...state, status: "ACCOUNT_ARCHIVED" }),
  },
  when: {
    ConfirmAccount: canConfirm,
    ActivateAccount: canActivate,
    SuspendAccount: isActive,
    ArchiveAccount: isActive,
  },
  unique: { accountNumber: "account-number-taken" },
  acceptsEvents: {
    schema: wantedEvent,
    toCommand: (body, state) =>
      body.accountNumber === state.accountNumber
        ? { type: leadsTo[body.type], data: {} }
        : refuse(
            "account-number-mismatch",
            `This account has the number ${state.accountNumber}; found ${body.accountNumber}.`,
          ),
  },
});

type Status = z.infer<typeof accountStatus>;

function canConfirm({ status }: { readonly status: Status }): boolean {
  return status === "ACCOUNT_PENDING";
}

function canActivate({ status }: { readonly status: Status }): boolean {
  return status === "ACCOUNT_CONFIRMED" || status === "ACCOUNT_SUSPENDED" || status === "ACCOUNT_ARCHIVED";
}

function isActive({ status }: { readonly status: Status }): boolean {
  return status === "ACCOUNT_ACTIVE";
}

function leaving({ userId, status }: { readonly userId: number; readonly status: Status }) {
  return { userId, from: status };
}

function forbidden(what: string, { status }: { readonly status: Status }) {
  return refuse("account-status-forbids", `An account that is ${status} cannot be ${what}.`);
}
