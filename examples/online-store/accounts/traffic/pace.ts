import { setTimeout as wait } from "node:timers/promises";
import type { TrafficOptions } from "./options.ts";

type Pace = Pick<TrafficOptions, "rate" | "concurrency" | "durationMs" | "commands">;

/**
 * Lets so many callers do `work` at a set rate until the time is over. `work` gets the time from which its latency counts:
 * when it was due, if all callers were busy then, so that a service that stalls is not spared the queue it causes.
 */
export async function atPace(
  { rate, concurrency, durationMs, commands }: Pace,
  signal: AbortSignal,
  work: (since: number) => Promise<void>,
): Promise<void> {
  const start = performance.now();
  const end = start + durationMs;
  let next = 0;
  const caller = async () => {
    while (!signal.aborted) {
      const turn = next++;
      const now = performance.now();
      const due = rate === undefined ? now : start + (turn / rate) * 1000;
      if (turn >= commands || due >= end || now >= end) return;
      if (due > now && !(await waited(due - now, signal))) return;
      await work(due > now ? performance.now() : due);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, caller));
}

/** Whether the time passed without the signal. */
function waited(milliseconds: number, signal: AbortSignal): Promise<boolean> {
  return wait(milliseconds, true, { signal }).catch(() => false);
}
