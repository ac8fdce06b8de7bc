import type { ErrorCode } from "../../errors/error-codes.ts";
import { isMillraceError, MillraceError } from "../../errors/millrace-error.ts";

/** SQLite's primary result codes (https://www.sqlite.org/rescode.html) that a running store can meet. */
const sqlite = {
  perm: 3,
  busy: 5,
  locked: 6,
  readOnly: 8,
  ioError: 10,
  corrupt: 11,
  full: 13,
  cannotOpen: 14,
  notADatabase: 26,
} as const;

const codeOf: Readonly<Record<number, readonly [ErrorCode, string]>> = {
  [sqlite.perm]: ["store-read-only", "may not be written by this process"],
  [sqlite.busy]: ["store-unavailable", "is locked by another process"],
  [sqlite.locked]: ["store-unavailable", "is locked by another process"],
  [sqlite.readOnly]: ["store-read-only", "may not be written by this process"],
  [sqlite.ioError]: ["store-unavailable", "could not be read or written"],
  [sqlite.corrupt]: ["store-corrupt", "is damaged: restore it from a backup"],
  [sqlite.full]: ["store-full", "is on a full disk; nothing of the write was kept"],
  [sqlite.cannotOpen]: ["store-unavailable", "cannot be opened"],
  [sqlite.notADatabase]: ["store-foreign", "is not an SQLite database"],
};

/** The primary result code of an error that SQLite raised; undefined for any other error. */
function primaryCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !("errcode" in error) || typeof error.errcode !== "number")
    return undefined;
  return error.errcode & 0xff;
}

/** Whether another connection holds a lock that will be gone soon. */
export function isLocked(error: unknown): boolean {
  const code = primaryCode(error);
  return code === sqlite.busy || code === sqlite.locked;
}

/** What SQLite raised, as an error of ours that names the file; errors of ours pass through. */
export function storageError(error: unknown, path: string): MillraceError {
  if (isMillraceError(error)) return error;
  const [code, what] = codeOf[primaryCode(error) ?? -1] ?? [
    "internal" as const,
    "raised an unexpected error",
  ];
  return new MillraceError(code, `The database ${path} ${what}${reasonOf(error)}.`, {
    data: { path },
    cause: error,
  });
}

/**
 * The same for an error of COMMIT. When the disk fails as the transaction is synced, its pages may lie in the
 * write-ahead log whole, and the next process to recover that log would bring them back: nobody can tell.
 */
export function commitError(error: unknown, path: string): unknown {
  if (primaryCode(error) !== sqlite.ioError) return error;
  return new MillraceError(
    "outcome-unknown",
    `The disk failed while a transaction on ${path} was made durable${reasonOf(error)}.`,
    { data: { path }, cause: error },
  );
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? ` (${error.message})` : "";
}
