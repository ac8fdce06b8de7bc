import type { ErrorCode } from "../errors/error-codes.ts";

/** The HTTP status of each error code. Which status a failure has is this room's business alone. */
export const statusOfCode: Readonly<Record<ErrorCode, number>> = {
  "declaration-invalid": 500,
  "json-schema-missing": 500,
  "configuration-invalid": 500,
  "authentication-undecided": 500,

  // Not 503: it is this request that comes too early, not the service that is not there.
  "reference-not-yet-known": 409,
  "reference-unconfirmed": 503,

  "request-malformed": 400,
  "data-invalid": 422,
  "text-refused": 422,
  "payload-too-large": 413,
  "headers-too-large": 431,
  "request-late": 408,
  "aggregate-not-found": 404,
  "aggregate-exists": 409,
  "command-unknown": 404,
  "version-not-found": 404,
  "route-not-found": 404,
  "method-not-allowed": 405,
  "media-type-unsupported": 415,
  unauthenticated: 401,
  forbidden: 403,
  refused: 409,

  conflict: 409,
  "version-mismatch": 412,
  "command-id-reused": 422,
  "causation-too-deep": 422,
  overloaded: 503,
  "outcome-unknown": 503,

  "domain-threw": 500,
  "event-type-unknown": 503,
  "event-unreadable": 500,

  "view-not-found": 404,
  "row-not-found": 404,
  "query-invalid": 400,
  "view-lagging": 503,
  "view-building": 503,
  // Not 503: nothing changes until somebody decides about the parked event.
  "view-parked": 409,
  "token-invalid": 400,
  "log-diverged": 409,

  "feed-not-found": 404,
  "service-unavailable": 503,
  "service-refused": 502,
  "feed-unreadable": 502,
  "processor-not-found": 404,
  "parked-not-found": 404,
  "discard-refused": 409,
  "log-not-empty": 409,

  "store-closed": 503,
  "store-foreign": 500,
  "store-newer": 500,
  "store-corrupt": 500,
  "store-read-only": 500,
  "store-full": 503,
  "store-unavailable": 503,
  internal: 500,
};

/** Codes whose cause takes longer to go away than a moment. */
const slowToMend: Partial<Record<ErrorCode, number>> = {
  "view-building": 5,
  "event-type-unknown": 10,
  "store-closed": 10,
  "store-full": 30,
};

/** Seconds after which a caller should try again, for the `Retry-After` that goes with every 503. */
export function retryAfterSeconds(code: ErrorCode): number {
  return slowToMend[code] ?? 1;
}
