import type { Clock } from "../../src/ports/clock.ts";

/** A clock that stands still until it is told to go on: what waits for a moment waits until then. */
export function standingClock(): Clock & { goOn(ms: number): void } {
  const startedAt = Date.now();
  let time = 0;
  const sleeping = new Set<{ readonly until: number; readonly wake: () => void }>();
  return {
    now: () => startedAt + time,
    elapsed: () => time,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted) return resolve();
        const sleeper = {
          until: time + ms,
          wake: () => {
            sleeping.delete(sleeper);
            signal?.removeEventListener("abort", sleeper.wake);
            resolve();
          },
        };
        sleeping.add(sleeper);
        signal?.addEventListener("abort", sleeper.wake);
      }),
    goOn(ms) {
      time += ms;
      for (const sleeper of [...sleeping]) if (sleeper.until <= time) sleeper.wake();
    },
  };
}
