import { type Arbitrary, array, constantFrom, json, oneof, record, string, uint8Array } from "fast-check";
import type { RequestBody } from "./client.ts";

export interface MalformedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: RequestBody | undefined;
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

/** Requests to every route, with every part made of what nobody should send. */
export function malformedRequest(id: string): Arbitrary<MalformedRequest> {
  const routes = [
    "/v1/accounts",
    `/v1/accounts/${id}`,
    `/v1/accounts/${id}/events`,
    `/v1/accounts/${id}/events/@`,
    `/v1/accounts/${id}/commands`,
    `/v1/accounts/${id}/commands/suspend-account`,
    `/v1/accounts/${id}/commands/@`,
    "/v1/accounts/@",
    "/v1/accounts/@/commands/suspend-account",
    "/v1/accounts/@/events",
    "/v1/views/@",
    "/v1/views/accounts",
    "/v1/views/accounts/@",
    "/v1/@",
    "/admin/processors/@/pause",
    "/admin/parked/@/@",
    "/admin/parked/@/@/discard",
    "/openapi.json",
    "/docs/@",
    "/@",
  ];
  return record({
    method: oneof(
      { weight: 5, arbitrary: constantFrom("POST") },
      { weight: 4, arbitrary: constantFrom("GET", "HEAD") },
      { weight: 1, arbitrary: constantFrom("PUT", "DELETE", "PATCH", "OPTIONS", "FOO") },
    ),
    route: constantFrom(...routes),
    parts: array(pathText, { minLength: 2, maxLength: 2 }),
    query: oneof(
      constantFrom("", "?", "?limit=", "?cursor=%", "?userId.in=,,"),
      pathText.map((text) => `?${text}`),
    ),
    headers: array(record({ name: constantFrom(...headerNames), value: headerValues }), { maxLength: 4 }),
    body: bodies,
  }).map(({ method, route, parts, query, headers, body }) => {
    let index = 0;
    const path = route.replaceAll("@", () => parts[index++ % parts.length] ?? "");
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
    };
  });
}
