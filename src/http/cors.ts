import { MillraceError } from "../errors/millrace-error.ts";
import type { CorsOptions } from "./http-options.ts";

/** Adds to an answer what a browser wants to see before it lets a page of another origin have it. */
export type CorsPolicy = (request: Request, response: Response) => void;

const allowedHeaders =
  "Accept, Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, Last-Event-ID, Millrace-Token, Prefer, Traceparent";
const exposedHeaders = "ETag, Location, Millrace-Token, Preference-Applied, Retry-After";

/** Undefined where no other origin may call. Throws `configuration-invalid` for what is no origin. */
export function corsPolicy(options: CorsOptions | undefined): CorsPolicy | undefined {
  if (options === undefined) return undefined;
  const { origins } = options;
  for (const origin of origins === "*" ? [] : origins) {
    if (URL.canParse(origin) && new URL(origin).origin === origin) continue;
    throw new MillraceError(
      "configuration-invalid",
      `"origins" of "cors" lists origins such as "https://shop.example"; found ${JSON.stringify(origin)}.`,
    );
  }
  return (request, { headers }) => {
    if (origins !== "*") headers.append("vary", "origin");
    const origin = request.headers.get("origin");
    if (origin === null || (origins !== "*" && !origins.includes(origin))) return;
    headers.set("access-control-allow-origin", origins === "*" ? "*" : origin);
    headers.set("access-control-expose-headers", exposedHeaders);
    if (request.method === "OPTIONS" && request.headers.has("access-control-request-method")) {
      headers.set("access-control-allow-methods", headers.get("allow") ?? "");
      headers.set("access-control-allow-headers", allowedHeaders);
      // Browsers hold on to it for two hours at most.
      headers.set("access-control-max-age", "7200");
    }
  };
}
