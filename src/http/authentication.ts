import { MillraceError } from "../errors/millrace-error.ts";
import type { Telemetry } from "../ports/telemetry.ts";
import { type Authenticator, nobody } from "./authenticator.ts";
import { bearerAuthenticator } from "./bearer-authenticator.ts";
import type { BearerTokens } from "./bearer-tokens.ts";

/** How callers prove who they are: not at all, spelled out, or with a bearer token. */
export type Authentication = "none" | BearerTokens;

/** Throws `authentication-undecided` and `configuration-invalid`. */
export function authenticator(
  auth: Authentication | undefined,
  development: boolean,
  telemetry: Telemetry,
): Authenticator {
  if (auth === undefined && !development) {
    throw new MillraceError(
      "authentication-undecided",
      'Outside development a service must say who gets in: set "auth" to { jwksUrl, issuer, audience } for bearer tokens, or to "none" where whoever can reach the service may use it.',
    );
  }
  return auth === undefined || auth === "none" ? nobody : bearerAuthenticator(auth, telemetry);
}
