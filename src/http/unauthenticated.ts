import { MillraceError } from "../errors/millrace-error.ts";

/** The challenge of a 401: RFC 6750. */
export function unauthenticated(detail: string, challenge = "Bearer"): MillraceError {
  return new MillraceError("unauthenticated", detail, { data: { challenge } });
}

/** One text for every token that does not hold: which check failed is for the log, not for who tries. */
export function invalidToken(): MillraceError {
  return unauthenticated(
    "The bearer token does not hold: expected one that is signed by the issuer, meant for this service and not expired.",
    'Bearer error="invalid_token"',
  );
}
