import { MillraceError } from "../errors/millrace-error.ts";
import type { Clock } from "../ports/clock.ts";
import { passTime } from "./pass-time.ts";

/**
 * Has a policy react within so many milliseconds. Rejects with `service-unavailable` once the time is over, whatever the work does then;
 * `own`, whose signal the work is given, is aborted.
 */
export async function reactWithin<R>(
  clock: Clock,
  timeoutMs: number,
  own: AbortController,
  work: (signal: AbortSignal) => Promise<R>,
): Promise<R> {
  const worked = new AbortController();
  const late = passTime(clock, timeoutMs, worked.signal).then(() => {
    const error = new MillraceError(
      "service-unavailable",
      `The reaction was not done within ${timeoutMs} ms.`,
    );
    own.abort(error);
    throw error;
  });
  // Where the work is done first, the rest of the time is nobody's business.
  late.catch(() => {});
  try {
    return await Promise.race([work(own.signal), late]);
  } finally {
    worked.abort("done");
  }
}
