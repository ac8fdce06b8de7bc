import type { ErrorCode } from "../../errors/error-codes.ts";
import { isMillraceError, MillraceError } from "../../errors/millrace-error.ts";

/** SQLSTATE codes (https://www.postgresql.org/docs/current/errcodes-appendix.html) that say which error of ours it is. */
const codeOf: Readonly<Record<string, readonly [ErrorCode, string]>> = {
  "28000": ["configuration-invalid", "did not accept the user"],
  "28P01": ["configuration-invalid", "did not accept the password"],
  "3D000": ["configuration-invalid", "is not there"],
  "42501": ["store-read-only", "does not let this user do so"],
  "25006": ["store-read-only", "may only be read: it is a replica, or set so"],
  "53100": ["store-full", "is on a full disk; nothing of the write was kept"],
  XX001: ["store-corrupt", "is damaged: restore it from a backup"],
  XX002: ["store-corrupt", "is damaged: restore it from a backup"],
};

/** What passes by itself: the transaction was rolled back and may be tried again. */
const passing = new Set([
  "40001", // serialization_failure
  "40P01", // deadlock_detected
  "53300", // too_many_connections
  "55P03", // lock_not_available
  "57014", // query_canceled, also by statement_timeout
  "57P03", // cannot_connect_now: starting up or shutting down
]);

/** The connection is gone or useless; what was under way may have happened. */
const broken = new Set([
  "57P01", // admin_shutdown
  "57P02", // crash_shutdown
  "57P05", // idle_session_timeout
  "25P03", // idle_in_transaction_session_timeout
  "25006", // read_only_sql_transaction: after a failover this is the old primary
]);

/** What came from the connection itself, or from the attempt to make one, and not from the server. */
export class ConnectionLost extends Error {
  constructor(cause: unknown) {
    super(reasonOf(cause), { cause });
  }
}

function reasonOf(cause: unknown): string {
  // What Node raises for a name with several addresses says nothing itself.
  if (cause instanceof AggregateError) return cause.errors.map(reasonOf).join("; ");
  return cause instanceof Error && cause.message !== "" ? cause.message : String(cause);
}

/** What `pg` says where it and the server cannot agree, as on a password that is missing: no time will help. */
const disagreements = /^SASL|does not support SSL/;

/** What an attempt to connect raised, as an error that says whether another may help. */
export function connectionError(error: unknown, store: string): unknown {
  if (sqlState(error) !== undefined) return error;
  const reason = reasonOf(error);
  if (!disagreements.test(reason)) return new ConnectionLost(error);
  return new MillraceError(
    "configuration-invalid",
    `The database ${store} does not accept connections as they are configured (${reason}).`,
    { data: { store }, cause: error },
  );
}

export function sqlState(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === "string" && /^[0-9A-Z]{5}$/.test(code) ? code : undefined;
}

/** Whether the connection that raised the error is of no more use. */
export function isBroken(error: unknown): boolean {
  if (error instanceof ConnectionLost) return true;
  const state = sqlState(error);
  return state !== undefined && (state.startsWith("08") || broken.has(state));
}

/** Whether the same may succeed soon without anyone's doing, on this connection or another. */
export function isPassing(error: unknown): boolean {
  return isBroken(error) || passing.has(sqlState(error) ?? "");
}

/** Whether the server is one that takes no writes. */
export function isReadOnly(error: unknown): boolean {
  return sqlState(error) === "25006";
}

/** Whether the server may have done what it was asked although the answer is an error. */
export function isUnknown(error: unknown): boolean {
  return isBroken(error) && !isReadOnly(error);
}

/** Whether the server does not know a prepared statement that we prepared, or knows one that we did not. */
export function isUnprepared(error: unknown): boolean {
  const state = sqlState(error);
  return state === "26000" || state === "42P05";
}

/** What `pg` raised, as an error of ours that names the store; errors of ours pass through. */
export function storageError(error: unknown, store: string): MillraceError {
  if (isMillraceError(error)) return error;
  const [code, what] = codeOf[sqlState(error) ?? ""] ?? [
    isPassing(error) ? ("store-unavailable" as const) : ("internal" as const),
    isPassing(error) ? "cannot be used right now" : "raised an unexpected error",
  ];
  const reason = error instanceof Error && error.message !== "" ? ` (${error.message})` : "";
  return new MillraceError(code, `The database ${store} ${what}${reason}.`, {
    data: { store },
    cause: error,
  });
}
