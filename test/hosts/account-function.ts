import {
  commands,
  type FetchHandler,
  feed,
  fetchHandler,
  health,
  openApi,
  processors,
  queries,
  type Stores,
} from "millrace/fetch";
import accounts from "../../examples/online-store/accounts/service.ts";

/** The account service as one function. */
export function accountFunction(stores: () => Promise<Stores>): FetchHandler {
  return fetchHandler(accounts, {
    stores,
    sides: [commands, queries, processors, feed, health, openApi],
    auth: "none",
  });
}
