import type { EventStore } from "../../ports/event-store.ts";
import type { StateStore } from "../../ports/state-store.ts";

/** One promise of a port, ready for any test runner. */
export interface ConformanceCase {
  /** The promise, with the number of the guarantee that it belongs to where there is one. */
  readonly name: string;
  /** Opens a store of its own, resolves if the promise is kept, rejects with an `AssertionError` if not. */
  run(): Promise<void>;
}

/** A store that is new and empty, opened for one case. */
export interface OpenedStore {
  readonly events: EventStore;
  readonly state: StateStore;
  /** Closes both. Called once, also after a case that failed. */
  close(): Promise<void>;
  /** Opens the same database again after `close`; absent for a store that keeps nothing beyond it. */
  reopen?(): Promise<OpenedStore>;
}

export type OpenStore = () => Promise<OpenedStore>;

/** How long the suite is to look. */
export interface ConformanceOptions {
  /** What the random cases are made of, one each; default a few. What fails with a seed fails with it again. */
  readonly seeds?: readonly number[];
}

/** Few, since each opens a database. With the last, calls of one tick may be written out of their order. */
export const usualSeeds: readonly number[] = [1, 2, 3, 4, 1_795_524_494];

/** Promises of one topic: what each says, and how it is put to the test with a fresh store, or with several. */
export type Promises = Readonly<
  Record<string, (store: OpenedStore, openAnother: OpenStore) => Promise<void>>
>;

/** A case for each promise. */
export function casesOf(open: OpenStore, promises: Promises): readonly ConformanceCase[] {
  return Object.entries(promises).map(([name, check]) => ({
    name,
    async run() {
      const opened: OpenedStore[] = [];
      try {
        const openOne = async () => closedOnce(await open(), opened);
        await check(await openOne(), openOne);
      } finally {
        for (const store of opened) await store.close();
      }
    },
  }));
}

/** The store, closed at most once whether the case does it or its end; those it is reopened as are noted as well. */
function closedOnce(store: OpenedStore, opened: OpenedStore[]): OpenedStore {
  const { events, state } = store;
  let closing: Promise<void> | undefined;
  const wrapped: OpenedStore = {
    events,
    state,
    close() {
      closing ??= store.close();
      return closing;
    },
    ...(store.reopen === undefined
      ? {}
      : { reopen: async () => closedOnce((await store.reopen?.()) as OpenedStore, opened) }),
  };
  opened.push(wrapped);
  return wrapped;
}
