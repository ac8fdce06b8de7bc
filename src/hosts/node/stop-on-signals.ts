import type { Telemetry } from "../../ports/telemetry.ts";

const signals = ["SIGTERM", "SIGINT"] as const;

/** What this process serves, each with how it is closed: several services may share a process. */
const served = new Set<() => Promise<void>>();

let stopping = false;
let handler: NodeJS.SignalsListener | undefined;

/**
 * Lets SIGTERM and SIGINT stop the process: the first one in order, with exit code 0, a second one at once. Returns what
 * takes `close` out again; with the last one the signals are left to others.
 */
export function stopOnSignals(close: () => Promise<void>, log: Telemetry["log"]): () => void {
  const handle: NodeJS.SignalsListener = (signal) => {
    if (stopping) {
      log("warn", "stopped at once by a second signal", { signal });
      process.exit(signal === "SIGINT" ? 130 : 143);
    }
    stopping = true;
    log("info", "stopping", { signal });
    Promise.all([...served].map((each) => each())).then(
      () => process.exit(0),
      (error: unknown) => {
        log("error", "could not stop in order", { error });
        process.exit(1);
      },
    );
  };
  // One handler for all, or one signal would count as two.
  if (handler === undefined) {
    handler = handle;
    for (const signal of signals) process.on(signal, handle);
  }
  served.add(close);
  return () => {
    served.delete(close);
    // While the process stops, a second signal still means "at once".
    if (served.size > 0 || stopping || handler === undefined) return;
    for (const signal of signals) process.off(signal, handler);
    handler = undefined;
  };
}
