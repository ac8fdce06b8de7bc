import { publish } from "millrace";
import { z } from "zod";
import { account, accountStatus } from "./account.ts";

const statusAfter = {
  AccountCreated: "ACCOUNT_CREATED",
  AccountPending: "ACCOUNT_PENDING",
  AccountConfirmed: "ACCOUNT_CONFIRMED",
  AccountActivated: "ACCOUNT_ACTIVE",
  AccountSuspended: "ACCOUNT_SUSPENDED",
  AccountArchived: "ACCOUNT_ARCHIVED",
} as const;

/** What others are told of an account: that it is there, and what it is. Whose it is, is nobody else's business. */
const accountChanged = publish({
  type: "AccountChanged",
  from: account,
  on: [
    "AccountCreated",
    "AccountPending",
    "AccountConfirmed",
    "AccountActivated",
    "AccountSuspended",
    "AccountArchived",
  ],
  schema: z.object({ status: accountStatus }),
  data: ({ type }) => ({ status: statusAfter[type] }),
});

export const publications = [accountChanged] as const;
