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

export function openGate(path: string): OpenGate {
  let open = true;
  let inside = 0;
  let empty: (() => void) | undefined;
  return {
    get passes() {
      return open;
    },
    async pass(call) {
      if (!open)
        throw new MillraceError("store-closed", `The store on ${path} was closed.`, { data: { path } });
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
