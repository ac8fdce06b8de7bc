import { durableService, inObject, type ObjectNamespace, objectOf, worker } from "millrace/cloudflare";
import { commands, feed, fetchHandler, health, openApi, processors, queries } from "millrace/fetch";
import service from "../../service.ts";

interface Env {
  readonly ACCOUNTS: ObjectNamespace;
}

/** The service, in the one object that holds it. */
export const Accounts = durableService((storage, _env: Env) =>
  fetchHandler(service, {
    ...inObject(storage),
    sides: [commands, queries, processors, feed, health, openApi],
    auth: "none",
  }),
);

export default worker((env: Env) => objectOf(env.ACCOUNTS));
