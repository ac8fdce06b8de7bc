import { MillraceError } from "../errors/millrace-error.ts";
import type { Metadata } from "../message/metadata.ts";
import type { CommandRequest } from "../runtime/runtime.ts";

/** Visible ASCII, which survives every proxy, without what has a meaning in a quoted key; a space would tell of two headers. */
const bareKey = /^[\x21\x23-\x5b\x5d-\x7e]+$/;
/** A string of RFC 9651, as draft-ietf-httpapi-idempotency-key-header has it. */
const quotedKey = /^"((?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])+)"$/;
/** What stores and the runtime take. */
const longestKey = 255;
/** An event of another service has the name of that in its id. */
const longestMessageId = 500;
const versionTag = /^"([1-9]\d{0,14})-\d{1,15}"$/;
const traceparentPattern = /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/;

/** The caller's key for a command, bare or quoted; undefined where there is none. */
export function idempotencyKey(headers: Headers): string | undefined {
  const value = headers.get("idempotency-key");
  if (value === null) return undefined;
  const quoted = quotedKey.exec(value)?.[1]?.replaceAll(/\\(.)/g, "$1");
  const key = quoted ?? (bareKey.test(value) ? value : undefined);
  if (key !== undefined && key.length <= longestKey) return key;
  throw malformed(
    "Idempotency-Key",
    `1 to ${longestKey} visible ASCII characters, bare without spaces, quotes and backslashes, or in quotes`,
    value,
  );
}

/** What `If-Match: "5-1"`, `If-Match: *` or `If-None-Match: *` require of the aggregate. */
export function expectedVersion(headers: Headers): CommandRequest["expectedVersion"] | undefined {
  const match = headers.get("if-match");
  const noneMatch = headers.get("if-none-match");
  if (match === null && noneMatch === null) return undefined;
  if (match !== null && noneMatch !== null) {
    throw new MillraceError("request-malformed", "Expected If-Match or If-None-Match; found both.");
  }
  if (noneMatch !== null) {
    if (noneMatch.trim() === "*") return "none";
    throw malformed("If-None-Match of a command", "*", noneMatch);
  }
  if (match?.trim() === "*") return "exists";
  const version = versionTag.exec(match ?? "")?.[1];
  if (version !== undefined) return Number(version);
  throw malformed("If-Match", 'one ETag that this service gave out, such as "5-1", or *', match ?? "");
}

/** Whether the caller has what it asks for already: `If-None-Match` of a GET against the current ETag. */
export function hasCurrent(headers: Headers, etag: string): boolean {
  const value = headers.get("if-none-match");
  if (value === null) return false;
  if (value.trim() === "*") return true;
  return value.split(",").some((tag) => tag.trim().replace(/^W\//, "") === etag);
}

/** The W3C trace context, where it is valid; one that is not is passed over, as the recommendation says. */
export function traceparent(headers: Headers): string | undefined {
  const value = headers.get("traceparent");
  return value !== null && traceparentPattern.test(value) ? value : undefined;
}

/** Where a command of another service comes from. What it says is kept beside the events and proves nothing. */
export function causation(
  headers: Headers,
): Partial<Pick<Metadata, "correlationId" | "causationId" | "depth">> {
  const correlationId = messageId(headers, "millrace-correlation-id");
  const causationId = messageId(headers, "millrace-causation-id");
  const depth = headers.get("millrace-causation-depth");
  if (depth !== null && !/^\d{1,6}$/.test(depth)) {
    throw malformed("Millrace-Causation-Depth", "a whole number", depth);
  }
  return {
    ...(correlationId === undefined ? {} : { correlationId }),
    ...(causationId === undefined ? {} : { causationId }),
    ...(depth === null ? {} : { depth: Number(depth) }),
  };
}

function messageId(headers: Headers, name: string): string | undefined {
  const value = headers.get(name);
  if (value === null) return undefined;
  if (value.length <= longestMessageId && bareKey.test(value)) return value;
  throw malformed(name, `1 to ${longestMessageId} visible ASCII characters without spaces`, value);
}

export interface Preferences {
  readonly returnsRepresentation: boolean;
  readonly isLenient: boolean;
  readonly waitMs: number | undefined;
}

/** Below what hosts and proxies allow a request to take. */
const longestWaitSeconds = 30;

const noPreferences: Preferences = { returnsRepresentation: false, isLenient: false, waitMs: undefined };

/** The preferences of RFC 7240 that matter here; others are passed over. A longer wait than 30 seconds is taken for 30. */
export function preferences(headers: Headers): Preferences {
  const value = headers.get("prefer");
  if (value === null) return noPreferences;
  let { returnsRepresentation, isLenient, waitMs } = noPreferences;
  for (const preference of value.split(",")) {
    const [name = "", given = ""] = (preference.split(";")[0] ?? "").split("=").map((part) => part.trim());
    const wanted = given.replace(/^"(.*)"$/, "$1");
    switch (name.toLowerCase()) {
      case "return":
        returnsRepresentation = wanted.toLowerCase() === "representation";
        break;
      case "handling":
        isLenient = wanted.toLowerCase() === "lenient";
        break;
      case "wait":
        if (!/^\d{1,9}$/.test(wanted)) throw malformed("Prefer: wait", "whole seconds", preference);
        waitMs = Math.min(Number(wanted), longestWaitSeconds) * 1000;
        break;
    }
  }
  return { returnsRepresentation, isLenient, waitMs };
}

function malformed(header: string, expected: string, found: string): MillraceError {
  return new MillraceError(
    "request-malformed",
    `${header} must be ${expected}; found ${JSON.stringify(found.slice(0, 300))}.`,
  );
}
