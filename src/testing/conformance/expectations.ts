import { AssertionError, equal, ok } from "node:assert/strict";
import type { ErrorCode } from "../../errors/error-codes.ts";
import type { Appended, AppendResult } from "../../ports/event-store.ts";

/** Far longer than anything here takes on a slow machine, and below the time limit of common test runners' tests. */
const deadlineMs = 15_000;

/** The result of `promise`; fails where it takes longer than the deadline, saying what was waited for. */
export async function inTime<Result>(promise: Promise<Result>, what: string): Promise<Result> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(
      () => reject(new AssertionError({ message: `${what}: nothing after ${deadlineMs} ms` })),
      deadlineMs,
    );
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Counts the turns of a loop that a wrong store would keep going for ever, and fails when they are too many: a store
 * in memory never lets the timer of a deadline have its turn.
 */
export function boundedTurns(what: string, most = 50_000): () => void {
  let turns = 0;
  return () => {
    turns++;
    if (turns > most) throw new AssertionError({ message: `${what}: no end after ${most} turns` });
  };
}

/** Changes all there is in what a store was given, which it must neither keep as its own nor freeze. */
export function spoil(given: unknown): void {
  if (typeof given !== "object" || given === null) return;
  for (const part of Object.values(given)) spoil(part);
  if (Array.isArray(given)) given.push("spoilt");
  else for (const key of Object.keys(given)) Object.assign(given, { [key]: "spoilt" });
}

/** Changes what a store gave out, as far as it lets itself be changed; a store may give out what does not. */
export function trySpoiling(found: unknown): void {
  if (typeof found !== "object" || found === null) return;
  for (const part of Object.values(found)) trySpoiling(part);
  if (Object.isFrozen(found)) return;
  if (Array.isArray(found)) found.push("spoilt");
  else for (const key of Object.keys(found)) Object.assign(found, { [key]: "spoilt" });
}

/** A signal for who waits on. */
export function neverAborts(): AbortSignal {
  return new AbortController().signal;
}

/** Fails unless `promise` rejects with an error of this code. */
export async function rejectsWith(promise: Promise<unknown>, code: ErrorCode, what = "call"): Promise<void> {
  let result: unknown;
  try {
    result = await promise;
  } catch (error) {
    if ((error as { code?: unknown }).code === code) return;
    throw new AssertionError({ message: `${what}: expected ${code}, found ${String(error)}`, actual: error });
  }
  throw new AssertionError({ message: `${what}: expected ${code}, found ${JSON.stringify(result)}` });
}

/** The result as an append that happened now. Fails for any other. */
export function appended(result: AppendResult): Appended {
  ok(result.status === "appended", `expected the append to happen, found ${JSON.stringify(result)}`);
  equal(result.repeated, false, "expected a new append, found a repeated one");
  return result;
}
