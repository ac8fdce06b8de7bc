import type { Clock } from "../ports/clock.ts";

/** Lets so much time pass as goes by outside, whatever the clock makes of sleep; ends at once when the signal aborts. */
export async function passTime(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  const end = clock.elapsed() + ms;
  for (let left = ms; left > 0 && !signal.aborted; left = end - clock.elapsed()) {
    await clock.sleep(left, signal);
  }
}
