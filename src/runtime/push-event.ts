import { errorCodes } from "../errors/error-codes.ts";
import { isMillraceError, MillraceError } from "../errors/millrace-error.ts";
import type { RecordedEvent } from "../message/event.ts";
import type { PushError, PushedEvent } from "../message/pushed-event.ts";
import { isRetryable } from "./failure.ts";

/** What tells of an event beside what it is. */
export function envelopeOf(
  service: string,
  { id, type, aggregateId, recordedAt, metadata }: RecordedEvent,
): Omit<PushedEvent, "partitionkey" | "data"> {
  return {
    specversion: "1.0",
    id,
    source: service,
    type,
    subject: aggregateId,
    time: new Date(recordedAt).toISOString(),
    datacontenttype: "application/json",
    ...(metadata.traceparent === undefined ? {} : { traceparent: metadata.traceparent }),
  };
}

/** A thrown value as it travels. */
export function pushErrorOf(error: unknown): PushError {
  const stack = error instanceof Error ? error.stack : undefined;
  return {
    code: isMillraceError(error) ? error.code : "internal",
    message: error instanceof Error ? error.message : String(error),
    ...(stack === undefined ? {} : { stack }),
    retryable: isRetryable(error),
  };
}

/** What a function has thrown, as if it had been thrown here. */
export function errorOf({ code, message, stack, retryable }: PushError): Error {
  const error =
    code !== "internal" && Object.hasOwn(errorCodes, code)
      ? new MillraceError(code as keyof typeof errorCodes, message)
      : new FailedReaction(message, retryable);
  if (stack !== undefined) error.stack = stack;
  return error;
}

/** What the code of a policy has thrown elsewhere. */
class FailedReaction extends Error {
  override readonly name = "FailedReaction";
  readonly retryable: boolean;

  constructor(message: string, retryable: boolean) {
    super(message);
    this.retryable = retryable;
  }
}
