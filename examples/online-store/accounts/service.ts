import { service } from "millrace";
import { account } from "./src/account.ts";
import { archiveAccounts } from "./src/archive-accounts.ts";
import { activateAccounts, confirmAccounts } from "./src/policies.ts";
import { publications } from "./src/publications.ts";
import { accounts, accountsPerUser } from "./src/views.ts";

/** The accounts of the online store: a service that is deployed by itself. */
export default service({
  name: "accounts",
  aggregates: [account],
  views: [accounts, accountsPerUser],
  policies: [confirmAccounts, activateAccounts],
  processes: [archiveAccounts],
  publishes: publications,
});
