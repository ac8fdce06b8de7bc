import { setTimeout as delay } from "node:timers/promises";
import { MillraceError } from "../../errors/millrace-error.ts";
import { fairTurn } from "../foundation/fair-turn.ts";
import { isLocked, storageError } from "./storage-error.ts";

export interface LockPatience {
  readonly path: string;
  /** How long to try before giving up with `store-unavailable`, in milliseconds. */
  readonly lockTimeoutMs: number;
}

/** Another process holds the lock for a batch, a few milliseconds, so waits are of that order. */
const minWaitMs = 1;
const maxWaitMs = 20;

/**
 * Runs `work`, at once and synchronously if nothing is in its way and the turn of the event loop is young. While another process holds a lock, it tries again
 * after a jittered wait, instead of SQLite's busy timeout, which would put the whole event loop to sleep. `work` must
 * leave no trace when it throws. Errors of SQLite are rejected as ours.
 */
export async function whenUnlocked<Result>(patience: LockPatience, work: () => Result): Promise<Result> {
  let giveUpAt: number | undefined;
  const turn = fairTurn();
  if (turn !== undefined) await turn;
  for (let attempt = 0; ; attempt++) {
    try {
      return work();
    } catch (error) {
      if (!isLocked(error)) throw storageError(error, patience.path);
      const now = performance.now();
      giveUpAt ??= now + patience.lockTimeoutMs;
      if (now >= giveUpAt) {
        throw new MillraceError(
          "store-unavailable",
          `The database ${patience.path} was locked by another process for ${patience.lockTimeoutMs} ms.`,
          { data: { path: patience.path, lockTimeoutMs: patience.lockTimeoutMs }, cause: error },
        );
      }
    }
    // Never longer than the last process's turn for long: long waits would starve this one among busy ones.
    await delay(minWaitMs + Math.random() * Math.min(maxWaitMs, 2 ** Math.min(attempt, 6)));
  }
}
