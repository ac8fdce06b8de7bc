import { defineConfig } from "millrace/node";
import config from "./millrace.config.ts";

/** Where others can reach the service: whoever calls needs a token of this issuer. See docs/http.md. */
export default defineConfig({
  ...config,
  auth: {
    jwksUrl: required("JWKS_URL", process.env.JWKS_URL),
    issuer: required("TOKEN_ISSUER", process.env.TOKEN_ISSUER),
    audience: required("TOKEN_AUDIENCE", process.env.TOKEN_AUDIENCE),
  },
});

function required(name: string, value: string | undefined): string {
  if (value !== undefined && value !== "") return value;
  throw new Error(`${name} is not set: expected what callers' tokens are verified against.`);
}
