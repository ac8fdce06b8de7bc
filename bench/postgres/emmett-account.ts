import { loadPeer } from "./peers.ts";

interface AccountEvent {
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
}

interface AccountState {
  readonly status: string;
}

interface Emmett {
  CommandHandler(options: {
    evolve: (state: AccountState, event: AccountEvent) => AccountState;
    initialState: () => AccountState;
  }): (
    store: unknown,
    stream: string,
    handle: (state: AccountState) => AccountEvent,
  ) => Promise<{ readonly newEvents: readonly unknown[] }>;
}

/** The benchmark's account in Emmett's terms: its command handler, which folds the stream anew for each command. */
export function emmettAccount() {
  const handler = loadPeer<Emmett>("@event-driven-io/emmett").CommandHandler({
    initialState: () => ({ status: "NONE" }),
    evolve: (state, event) => {
      switch (event.type) {
        case "AccountOpened":
          return { status: "ACTIVE", ...event.data };
        case "AccountSuspended":
          return { ...state, status: "SUSPENDED" };
        default:
          return { ...state, status: "ACTIVE" };
      }
    },
  });
  const reason = "The customer asked for it by telephone and was called back to make sure.";
  return {
    open: (store: unknown, index: number) =>
      handler(store, `account-a${index}`, () => ({
        type: "AccountOpened",
        data: { userId: index, accountNumber: `ACC-${index}` },
      })),
    /** Suspends an active account, activates a suspended one; throws where it is in the other state. */
    change: (store: unknown, index: number, type: "AccountSuspended" | "AccountActivated") =>
      handler(store, `account-a${index}`, (state) => {
        const expected = type === "AccountSuspended" ? "ACTIVE" : "SUSPENDED";
        if (state.status !== expected) throw new Error(`The account is ${state.status}.`);
        return { type, data: { reason } };
      }),
  };
}

/** The benchmark's view in Emmett's terms; `onEvent` is told of each event that it folds. */
export function emmettAccountsView(onEvent: () => void): unknown {
  const { pongoSingleStreamProjection } = loadPeer<{
    pongoSingleStreamProjection(options: {
      collectionName: string;
      canHandle: readonly string[];
      evolve: (row: Row | null, event: AccountEvent) => Row | null;
    }): unknown;
  }>("@event-driven-io/emmett-postgresql");
  return pongoSingleStreamProjection({
    collectionName: "accounts",
    canHandle: ["AccountOpened", "AccountSuspended", "AccountActivated"],
    evolve: (row, { type, data }) => {
      onEvent();
      if (type === "AccountOpened") return { ...data, status: "ACTIVE", changes: 0 };
      const status = type === "AccountSuspended" ? "SUSPENDED" : "ACTIVE";
      return row && { ...row, status, changes: row.changes + 1 };
    },
  });
}

type Row = Readonly<Record<string, unknown>> & { readonly changes: number };
