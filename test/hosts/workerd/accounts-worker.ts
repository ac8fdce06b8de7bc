import { durableService, inObject, type ObjectNamespace, objectOf, worker } from "millrace/cloudflare";
import { commands, feed, fetchHandler, health, openApi, processors, queries } from "millrace/fetch";
import accounts from "../../../examples/online-store/accounts/service.ts";

export const Accounts = durableService((storage) =>
  fetchHandler(accounts, {
    ...inObject(storage),
    sides: [commands, queries, processors, feed, health, openApi],
    auth: "none",
  }),
);

export default worker((env: { readonly ACCOUNTS: ObjectNamespace }) => objectOf(env.ACCOUNTS));
