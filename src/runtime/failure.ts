import { isMillraceError } from "../errors/millrace-error.ts";
import { toStorableText } from "../message/json.ts";
import type { ProcessingFailure } from "../ports/parked-event.ts";

/** A thrown value as it is kept beside the event that it belongs to. */
export function failureOf(error: unknown, position: number, attempts: number, at: number): ProcessingFailure {
  const cause = isMillraceError(error) && error.cause instanceof Error ? error.cause : error;
  const stack = cause instanceof Error ? cause.stack : undefined;
  return {
    position,
    code: isMillraceError(error) ? error.code : "internal",
    message: toStorableText(
      (error instanceof Error ? error.message : String(error)).slice(0, maxMessageLength),
    ),
    ...(stack === undefined ? {} : { stack: toStorableText(stack.slice(0, maxStackLength)) }),
    attempts,
    at,
  };
}

/** What a log tells of a failure. */
export function factsOf({ position, attempts, code, message, stack }: ProcessingFailure) {
  return { position, attempts, error: { code, message, stack } };
}

const maxMessageLength = 1000;

/** Enough for the frames that matter; a message of a megabyte in a stack would fill the table of parked events. */
const maxStackLength = 4000;

/** Whether a failure is known to pass. */
export function isRetryable(error: unknown): boolean {
  if (isMillraceError(error) && error.code.startsWith("store-")) return true;
  return typeof error === "object" && error !== null && (error as { retryable?: unknown }).retryable === true;
}

/** Errors of ours that would be the same tomorrow. What a policy's own code throws may pass, so it is tried again. */
export function isPermanent(error: unknown): boolean {
  return (
    isMillraceError(error) &&
    !error.retryable &&
    error.code !== "domain-threw" &&
    error.code !== "internal" &&
    !error.code.startsWith("store-")
  );
}

/** After a fault of the store or a stop at an event: the first pause, doubled up to the last. */
const firstPauseMs = 100;
const lastPauseMs = 30_000;

/** How long a processor waits after so many failures in a row. */
export function pauseMsAfter(attempts: number): number {
  return Math.min(lastPauseMs, firstPauseMs * 2 ** Math.min(attempts, 20));
}
