import { view } from "millrace";
import { z } from "zod";
import { account, accountStatus } from "./account.ts";

const accountRow = z.object({
  /** Epoch milliseconds, like `lastModified`. */
  createdAt: z.int(),
  lastModified: z.int(),
  userId: z.int(),
  accountNumber: z.string(),
  defaultAccount: z.boolean(),
  status: accountStatus,
});

type AccountRow = z.infer<typeof accountRow>;

/** Every account as it is. */
export const accounts = view({
  name: "accounts",
  from: [account],
  schema: accountRow,
  indexes: ["userId", "accountNumber", "status", "createdAt", "lastModified"],
  on: {
    AccountCreated: (_row, { data, recordedAt }) => ({
      createdAt: recordedAt,
      lastModified: recordedAt,
      userId: data.userId,
      accountNumber: data.accountNumber,
      defaultAccount: data.defaultAccount,
      status: "ACCOUNT_CREATED",
    }),
    AccountPending: (row, event) => changed(row, event, "ACCOUNT_PENDING"),
    AccountConfirmed: (row, event) => changed(row, event, "ACCOUNT_CONFIRMED"),
    AccountActivated: (row, event) => changed(row, event, "ACCOUNT_ACTIVE"),
    AccountSuspended: (row, event) => changed(row, event, "ACCOUNT_SUSPENDED"),
    AccountArchived: (row, event) => changed(row, event, "ACCOUNT_ARCHIVED"),
  },
});

function changed(
  row: AccountRow | undefined,
  { recordedAt }: { readonly recordedAt: number },
  status: AccountRow["status"],
) {
  return row && { ...row, status, lastModified: recordedAt };
}

const userRow = z.object({ userId: z.int(), accounts: z.int(), byStatus: z.record(accountStatus, z.int()) });

type UserRow = z.infer<typeof userRow>;

const noAccounts: UserRow["byStatus"] = {
  ACCOUNT_CREATED: 0,
  ACCOUNT_PENDING: 0,
  ACCOUNT_CONFIRMED: 0,
  ACCOUNT_ACTIVE: 0,
  ACCOUNT_SUSPENDED: 0,
  ACCOUNT_ARCHIVED: 0,
};

/** How many accounts each user has, by status: one row for many streams. */
export const accountsPerUser = view({
  name: "accounts-per-user",
  from: [account],
  schema: userRow,
  key: ({ data }) => ("userId" in data ? String(data.userId) : undefined),
  indexes: ["accounts"],
  on: {
    AccountCreated: (row, { data }) => ({
      userId: data.userId,
      accounts: (row?.accounts ?? 0) + 1,
      byStatus: counted(row?.byStatus ?? noAccounts, { ACCOUNT_CREATED: 1 }),
    }),
    AccountPending: (row, { data }) => moved(row, data.from, "ACCOUNT_PENDING"),
    AccountConfirmed: (row, { data }) => moved(row, data.from, "ACCOUNT_CONFIRMED"),
    AccountActivated: (row, { data }) => moved(row, data.from, "ACCOUNT_ACTIVE"),
    AccountSuspended: (row, { data }) => moved(row, data.from, "ACCOUNT_SUSPENDED"),
    AccountArchived: (row, { data }) => moved(row, data.from, "ACCOUNT_ARCHIVED"),
  },
});

type Status = AccountRow["status"];

function moved(row: UserRow | undefined, from: Status, to: Status): UserRow | undefined {
  return row && { ...row, byStatus: counted(row.byStatus, { [from]: -1, [to]: 1 }) };
}

function counted(
  byStatus: UserRow["byStatus"],
  changes: Partial<Record<Status, number>>,
): UserRow["byStatus"] {
  const next = { ...byStatus };
  for (const status of accountStatus.options) next[status] += changes[status] ?? 0;
  return next;
}
