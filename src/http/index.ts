export type { Authentication } from "./authentication.ts";
export type { BearerTokens } from "./bearer-tokens.ts";
export { createHttp, type Http } from "./create-http.ts";
export type { CorsOptions, HttpOptions } from "./http-options.ts";
