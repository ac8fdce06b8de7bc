import { retirement } from "millrace";
import { account } from "./account.ts";

/** Asks the services that refer to accounts before one is archived: one with open orders stays. */
export const archiveAccounts = retirement({
  name: "archive-accounts",
  of: account,
  asked: "AccountArchivingAsked",
  referrers: ({ data }) => data.referrers,
  retire: (id) => account.commands.CompleteArchiving(id, {}),
  keep: (id, reason) => account.commands.KeepAccount(id, { reason }),
  restored: ["AccountActivated"],
});
