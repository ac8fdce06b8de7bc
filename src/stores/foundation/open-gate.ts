import { MillraceError } from "../../errors/millrace-error.ts";

/** Lets calls in until it is shut, and knows when the last that got in has come out again. */
export interface OpenGate {
  /** Whether calls are still let in. */
  readonly passes: boolean;
  /** Runs `call`; rejects with `store-closed` once `shut` was called. */
  pass<Result>(call: () => Promise<Result>): Promise<Result>;
  /** Lets nobody in any more and resolves when everybody is out. */
  shut(): Promise<void>;
}

/** The gate of the store that errors name so: a path, or a database and schema. */
export function openGate(store: string): OpenGate {
  let open = true;
  let inside = 0;
  let empty: (() => void) | undefined;
  return {
    get passes() {
      return open;
    },
    async pass(call) {
      if (!open)
        throw new MillraceError("store-closed", `The store on ${store} was closed.`, { data: { store } });
      inside++;
      try {
        return await call();
      } finally {
        inside--;
        if (inside === 0) empty?.();
      }
    },
    shut() {
      open = false;
      if (inside === 0) return Promise.resolve();
      return new Promise((resolve) => {
        const before = empty;
        empty = () => {
          before?.();
          resolve();
        };
      });
    },
  };
}
