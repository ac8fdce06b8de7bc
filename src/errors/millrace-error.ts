import { type ErrorCode, errorCodes } from "./error-codes.ts";

/** Facts about a failure, as plain JSON, for logs, problem details and `--json` output. */
export type ErrorData = Readonly<Record<string, unknown>>;

/**
 * The one error class of Millrace. Its `code` is stable and listed in `errorCodes` and docs/errors.md; its
 * message names what was expected and what was found; `data` holds the same facts for machines.
 */
export class MillraceError<Code extends ErrorCode = ErrorCode> extends Error {
  override readonly name = "MillraceError";
  readonly code: Code;
  readonly data: ErrorData;
  /** Whether the same request may succeed later without a change to it. */
  readonly retryable: boolean;

  constructor(code: Code, message: string, options: { data?: ErrorData; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.data = options.data ?? {};
    this.retryable = errorCodes[code].retryable;
  }
}

/** Whether `error` is a Millrace error, and, when `code` is given, one with that code. */
export function isMillraceError<Code extends ErrorCode = ErrorCode>(
  error: unknown,
  code?: Code,
): error is MillraceError<Code> {
  return error instanceof MillraceError && (code === undefined || error.code === code);
}
