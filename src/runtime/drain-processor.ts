import { passTime } from "./pass-time.ts";
import { type ProcessorParts, ProcessorTurns } from "./processor-turns.ts";

/** What became of a drain. */
export interface DrainResult {
  /** Whether everything was handled that there was, but for what waits to be tried again, or is paused. */
  readonly isCaughtUp: boolean;
  /** Up to which position there was nothing left to do; infinite where events of this log bring nothing to do. */
  readonly seen: number;
  /** Milliseconds until what has failed is tried again; infinite where nothing waits for that. */
  readonly retryInMs: number;
}

/** An attempt that is due so soon is waited for. */
const soonMs = 500;

/** Between two looks at what others hold. */
const lookElsewhereMs = 100;

/**
 * Takes turns of one processor until it is caught up or it is `until`, by `Clock.elapsed`, and gives back its share of the work. Pages that
 * are not done by then are broken off and delivered again. Rejects with what a turn rejects with.
 */
export async function drainProcessor(parts: ProcessorParts, until: number): Promise<DrainResult> {
  const { worker, events, clock } = parts;
  let wake = () => {};
  const turns = new ProcessorTurns(parts, () => wake());
  const leftMs = () => until - clock.elapsed();
  const keeping = turns.keepLease();
  const over = new AbortController();
  const timer = passTime(clock, leftMs(), over.signal).then(() => turns.stop());
  try {
    while (leftMs() > 0) {
      const { isBusy, after } = await turns.take();
      const { retryInMs } = turns;
      if (isBusy) continue;
      if (worker.isBusy === true || retryInMs <= Math.min(soonMs, leftMs())) {
        const waiting = new AbortController();
        wake = () => waiting.abort("woken");
        await clock.sleep(Math.max(0, Math.min(leftMs(), turns.nextInMs)), waiting.signal);
        continue;
      }
      // Who holds the rest may be about to leave, and may have left out what came last.
      if (turns.isBehindElsewhere) {
        await clock.sleep(Math.min(leftMs(), lookElsewhereMs));
        turns.hurry();
        continue;
      }
      const seen = worker.kind === "subscription" ? undefined : after;
      if (seen === undefined || (await events.head()).position <= seen) {
        return { isCaughtUp: true, retryInMs, seen: seen ?? Number.POSITIVE_INFINITY };
      }
    }
    return { isCaughtUp: false, retryInMs: turns.retryInMs, seen: Number.POSITIVE_INFINITY };
  } finally {
    over.abort();
    await timer;
    await keeping;
    await turns.leave();
    worker.forget();
  }
}
