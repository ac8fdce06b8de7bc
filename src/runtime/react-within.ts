import { MillraceError } from "../errors/millrace-error.ts";
import type { Clock } from "../ports/clock.ts";
import { passTime } from "./pass-time.ts";

/**
 * Waits for a reaction, no longer than so many milliseconds. Rejects with `service-unavailable` once the time is over, of which `giveUp` is told
 * first: whatever the reaction comes to then, nobody waits for it.
 */
export async function reactWithin<R>(
  clock: Clock,
  timeoutMs: number,
  reacting: Promise<R>,
  giveUp: (reason: unknown) => void,
): Promise<R> {
  const worked = new AbortController();
  const late = passTime(clock, timeoutMs, worked.signal).then((): Promise<never> => {
    // The reaction was first.
    if (worked.signal.aborted) return new Promise(() => {});
    const error = new MillraceError(
      "service-unavailable",
      `The reaction was not done within ${timeoutMs} ms.`,
    );
    giveUp(error);
    throw error;
  });
  try {
    return await Promise.race([reacting, late]);
  } finally {
    worked.abort("done");
  }
}
