import { type Arbitrary, array, constantFrom, json, oneof, record, string, uint8Array } from "fast-check";
import type { RequestBody } from "./client.ts";
import type { DescribedRoute } from "./described-routes.ts";

export interface MalformedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: RequestBody | undefined;
  /** The route that the path surely leads to; undefined where what stands in the path may lead elsewhere. */
  readonly route: DescribedRoute | undefined;
}

/** Whatever goes through the parser of HTTP: visible ASCII. */
const headerText = string({ unit: "grapheme-ascii", maxLength: 40 });
const pathText = oneof(
  string({ unit: "grapheme-ascii", maxLength: 30 }).map((text) => text.replaceAll(/[#\\\s]/g, "~")),
  string({ unit: "binary", maxLength: 10 }).map((text) =>
    encodeURIComponent(text.replaceAll(/[\ud800-\udfff]/g, "")),
  ),
  constantFrom(
    "%",
    "%zz",
    "%00",
    "%2F",
    "..%2f",
    "%E0%A4%A",
    "__proto__",
    "constructor",
    "a".repeat(500),
    "",
  ),
);

/** None of these opens an account: `userId` is not among the fields. */
const bodies: Arbitrary<RequestBody | undefined> = oneof(
  constantFrom(undefined, "", "{", "null", "[]", '{"__proto__":{"userId":"x"}}', "[".repeat(5000)),
  json({ maxDepth: 5 }).map((text) => text.replaceAll("userId", "user")),
  string({ unit: "binary", maxLength: 50 }).filter((text) => text.trim() !== "" && !text.includes("userId")),
  uint8Array({ maxLength: 50 }).map((bytes) => new Uint8Array(bytes)),
);

const headerNames = [
  "accept",
  "content-type",
  "content-encoding",
  "idempotency-key",
  "if-match",
  "if-none-match",
  "millrace-token",
  "prefer",
  "authorization",
  "traceparent",
  "origin",
  "x-forwarded-for",
];
const headerValues = oneof(
  headerText,
  constantFrom(
    "application/json",
    "*",
    '"1-1"',
    "wait=0",
    "wait=-1",
    "handling=lenient, wait=0",
    "Bearer x",
    "W10",
    "text/plain",
    '"',
    ",",
  ),
);

/** What no description speaks of: paths beside the routes, and the description itself. */
const besides: readonly string[] = [
  "/{x}",
  "/v1/{x}",
  "/v1/{x}/{y}/commands/{z}",
  "/v1/accounts/{id}/commands/{x}",
  "/v1/views/{x}",
  "/v1/views/{x}/{y}",
  "/openapi.json",
  "/docs/{x}",
];

/**
 * Requests to every route that a service describes, and to some others, with every part made of what nobody should send.
 * `id` is an aggregate that exists; it is left out where a body of `{}` would be a command that it takes.
 */
export function malformedRequest(id: string, routes: readonly DescribedRoute[]): Arbitrary<MalformedRequest> {
  const targets: readonly (DescribedRoute | string)[] = [...routes, ...besides];
  return record({
    target: constantFrom(...targets),
    otherMethod: oneof(
      { weight: 8, arbitrary: constantFrom(undefined) },
      { weight: 1, arbitrary: constantFrom("HEAD", "PUT", "DELETE", "PATCH", "OPTIONS", "FOO") },
    ),
    besidesMethod: constantFrom("GET", "POST"),
    knowsId: constantFrom(true, false),
    parts: array(pathText, { minLength: 2, maxLength: 2 }),
    query: oneof(
      constantFrom("", "?", "?limit=", "?cursor=%", "?userId.in=,,"),
      pathText.map((text) => `?${text}`),
    ),
    headers: array(record({ name: constantFrom(...headerNames), value: headerValues }), { maxLength: 4 }),
    body: bodies,
  }).map(({ target, otherMethod, besidesMethod, knowsId, parts, query, headers, body }) => {
    const route = typeof target === "string" ? undefined : target;
    const method = otherMethod ?? route?.method ?? besidesMethod;
    const isId = knowsId && route?.takesNothing !== true;
    let index = 0;
    const filled: string[] = [];
    const template = route?.path ?? String(target);
    const path = template.replaceAll(/\{\w+\}/g, (name) => {
      if (name === "{id}" && isId) return id;
      const part = parts[index++ % parts.length] ?? "";
      filled.push(part);
      return part;
    });
    const isRouted = filled.every((part) => /^[\w~!$&'()*+,;=:@-]+$/.test(part));
    const takesBody = method !== "GET" && method !== "HEAD";
    return {
      method,
      path: `${path}${query}`,
      headers: Object.fromEntries([
        ["content-type", "application/json"],
        // A stream of changes would never end.
        ...headers
          .filter(({ value }) => !value.includes("event-stream"))
          .map(({ name, value }) => [name, value]),
      ]),
      body: takesBody ? body : undefined,
      route: isRouted ? route : undefined,
    };
  });
}
