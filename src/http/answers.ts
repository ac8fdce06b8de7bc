import type { LogPoint } from "../message/log-point.ts";
import { encodeToken } from "../message/token.ts";
import { hasCurrent } from "./request-headers.ts";

type Headers = Record<string, string>;

export const halType = "application/hal+json";

/** A body with links. What is read may change at any time and may be for one caller alone, so caches must ask. */
export function halAnswer(body: unknown, headers: Headers = {}): Response {
  return new Response(JSON.stringify(body), {
    status: 200,
    headers: { "content-type": halType, "cache-control": "private, no-cache", ...headers },
  });
}

/** The same with an ETag; 304 for a caller that has it. */
export function taggedAnswer(
  request: Request,
  etag: string,
  body: () => unknown,
  headers: Headers = {},
): Response {
  if (!hasCurrent(request.headers, etag)) return halAnswer(body(), { etag, ...headers });
  return new Response(null, {
    status: 304,
    headers: { etag, "cache-control": "private, no-cache", ...headers },
  });
}

export function jsonAnswer(body: unknown, status = 200): Response {
  return new Response(JSON.stringify(body), {
    status,
    headers: { "content-type": "application/json", "cache-control": "no-store" },
  });
}

/** The token of a point; none for a point of no log, which a view has before its first start. */
export function tokenHeader(point: LogPoint): Headers {
  return point.logId === "" ? {} : { "millrace-token": encodeToken([point]) };
}
