import { policy } from "millrace";
import { account } from "./account.ts";

/** A new account is confirmed without anybody's doing. */
export const confirmAccounts = policy({
  name: "confirm-accounts",
  from: [account],
  on: { AccountPending: ({ aggregateId }) => account.commands.ConfirmAccount(aggregateId, {}) },
});

/** A confirmed account becomes active, unless somebody was faster: what was suspended since stays suspended. */
export const activateAccounts = policy({
  name: "activate-accounts",
  from: [account],
  on: {
    AccountConfirmed: ({ aggregateId }) =>
      account.commands.ActivateAccount(aggregateId, { from: "ACCOUNT_CONFIRMED" }),
  },
});
