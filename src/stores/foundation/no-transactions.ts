import { MillraceError } from "../../errors/millrace-error.ts";

/** Of a store that hands out no transactions to whoever wants to work in one: see `StateStore.transactions`. */
export function noTransactions(store: string): MillraceError {
  return new MillraceError(
    "configuration-invalid",
    `The ${store} store hands out no transactions, so that no projection can run on it; expected PostgreSQL.`,
  );
}
