import type { Telemetry } from "../../ports/telemetry.ts";

const signals = ["SIGTERM", "SIGINT"] as const;

/**
 * Lets SIGTERM and SIGINT stop the process: the first one in order, with exit code 0, a second one at once. Returns what
 * takes the handlers away again.
 */
export function stopOnSignals(close: () => Promise<void>, log: Telemetry["log"]): () => void {
  let stopping = false;
  const handle = (signal: (typeof signals)[number]) => {
    if (stopping) {
      log("warn", "stopped at once by a second signal", { signal });
      process.exit(signal === "SIGINT" ? 130 : 143);
    }
    stopping = true;
    log("info", "stopping", { signal });
    close().then(
      () => process.exit(0),
      (error: unknown) => {
        log("error", "could not stop in order", { error });
        process.exit(1);
      },
    );
  };
  for (const signal of signals) process.on(signal, handle);
  return () => {
    for (const signal of signals) process.off(signal, handle);
  };
}
