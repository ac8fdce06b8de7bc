import { bearerAuthenticator } from "../../http/bearer-authenticator.ts";
import type { BearerTokens } from "../../http/bearer-tokens.ts";
import type { Identification } from "./fetch-handler.ts";

/** Lets callers prove who they are with a bearer token. Throws `configuration-invalid` for settings that cannot be meant. */
export function bearerTokens(settings: BearerTokens): Identification {
  return (telemetry) => bearerAuthenticator(settings, telemetry);
}
