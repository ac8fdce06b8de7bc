import type { Actor } from "../domain/access.ts";
import { MillraceError } from "../errors/millrace-error.ts";
import type { Telemetry } from "../ports/telemetry.ts";
import type { BearerTokens } from "./bearer-tokens.ts";
import { bearerVerifier } from "./bearer-verifier.ts";
import { invalidToken } from "./unauthenticated.ts";

/** How callers prove who they are: not at all, spelled out, or with a bearer token. */
export type Authentication = "none" | BearerTokens;

/** Tells who asks; undefined where nobody proved anything. Rejects with `unauthenticated` for a token that does not hold. */
export type Authenticator = (request: Request) => Promise<Actor> | undefined;

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
  if (auth === undefined || auth === "none") return () => undefined;
  const verify = bearerVerifier(auth, telemetry);
  return (request) => {
    const header = request.headers.get("authorization");
    if (header === null) return undefined;
    const token = /^bearer +([\w~+/.-]+=*) *$/i.exec(header)?.[1];
    return token === undefined ? Promise.reject(invalidToken()) : verify(token);
  };
}
