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

/**
 * A customer's account: created and pending, then confirmed and active by policy; suspended or archived, and back. Where other services refer
 * to accounts, they are asked before one is archived.
 */
export const account = aggregate({
  name: "account",
  collection: "accounts",
  state: z.discriminatedUnion("status", [
    z.object({ status: z.literal("NONE") }),
    z.object({ status: accountStatus, ...details, isBeingArchived: z.boolean().optional() }),
  ]),
  initialState: { status: "NONE" },
  events: {
    AccountCreated: z.object(details),
    AccountPending: left,
    AccountConfirmed: left,
    AccountActivated: left,
    AccountSuspended: left,
    AccountArchivingAsked: z.object({ referrers: z.array(z.string()) }),
    AccountKept: z.object({ reason: z.string() }),
    AccountArchived: left,
  },
  commands: {
    CreateAccount: z.object({ ...details, defaultAccount: details.defaultAccount.default(false) }),
    ConfirmAccount: z.object({}),
    /** `from`: only if that is what the account still is. */
    ActivateAccount: z.object({ from: accountStatus.optional() }),
    SuspendAccount: z.object({}),
    ArchiveAccount: z.object({}),
    /** What `archive-accounts` comes to. */
    CompleteArchiving: z.object({}),
    KeepAccount: z.object({ reason: z.string() }),
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
    ArchiveAccount: (_command, state, { AccountArchived, AccountArchivingAsked }, { referrers }) =>
      !isActive(state)
        ? forbidden("archived", state)
        : referrers.length === 0
          ? [AccountArchived(leaving(state))]
          : [AccountArchivingAsked({ referrers: [...referrers] })],
    CompleteArchiving: (_command, state, { AccountArchived }) =>
      isBeingArchived(state) ? [AccountArchived(leaving(state))] : forbidden("archived", state),
    KeepAccount: ({ data }, state, { AccountKept }) => (isBeingArchived(state) ? [AccountKept(data)] : []),
  },
  evolve: {
    AccountCreated: (_state, { data }) => ({ status: "ACCOUNT_CREATED", ...data }),
    AccountPending: (state) => ({ ...state, status: "ACCOUNT_PENDING" }),
    AccountConfirmed: (state) => ({ ...state, status: "ACCOUNT_CONFIRMED" }),
    AccountActivated: (state) => ({ ...state, status: "ACCOUNT_ACTIVE" }),
    AccountSuspended: (state) => ({ ...state, status: "ACCOUNT_SUSPENDED" }),
    AccountArchivingAsked: (state) => ({ ...state, isBeingArchived: true }),
    AccountKept: ({ isBeingArchived: _, ...state }) => state,
    AccountArchived: ({ isBeingArchived: _, ...state }) => ({ ...state, status: "ACCOUNT_ARCHIVED" }),
  },
  when: {
    ConfirmAccount: canConfirm,
    ActivateAccount: canActivate,
    SuspendAccount: isActive,
    ArchiveAccount: isActive,
    CompleteArchiving: isBeingArchived,
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

interface Standing {
  readonly status: Status;
  readonly isBeingArchived?: boolean | undefined;
}

function isActive({ status, isBeingArchived: isPending }: Standing): boolean {
  return status === "ACCOUNT_ACTIVE" && isPending !== true;
}

function isBeingArchived({ isBeingArchived: isPending }: Standing): boolean {
  return isPending === true;
}

function leaving({ userId, status }: { readonly userId: number; readonly status: Status }) {
  return { userId, from: status };
}

function forbidden(what: string, { status, isBeingArchived: isPending }: Standing) {
  const pending = isPending === true ? " and about to be archived" : "";
  return refuse("account-status-forbids", `An account that is ${status}${pending} cannot be ${what}.`);
}
