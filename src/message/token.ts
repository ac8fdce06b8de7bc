import { MillraceError } from "../errors/millrace-error.ts";
import type { LogPoint } from "./log-point.ts";

/** Longer is no token of ours: a few logs at most matter to one caller. */
const maxTokenLength = 4096;

const encoder = new TextEncoder();
const isAscii = /^[ -~]*$/;
const decoder = new TextDecoder("utf-8", { fatal: true });

/** A token proves "at least this much": a point in each log that matters. Opaque to clients; base64url of JSON. */
export function encodeToken(points: readonly LogPoint[]): string {
  const json = JSON.stringify(points.map((point) => [point.logId, point.position, point.eventId]));
  return btoa(toBytes(json)).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

/** `text` as UTF-8, a character for each byte, which is what `btoa` takes: an imported event's id may hold any character. */
function toBytes(text: string): string {
  // Every answer carries a token, and nearly all are ASCII already.
  if (isAscii.test(text)) return text;
  return Array.from(encoder.encode(text), (byte) => String.fromCharCode(byte)).join("");
}

/** The points of a token. Throws `token-invalid` for anything that `encodeToken` could not have made. */
export function decodeToken(token: string): readonly LogPoint[] {
  if (token.length > maxTokenLength) throw invalid();
  let decoded: unknown;
  try {
    const bytes = atob(token.replaceAll("-", "+").replaceAll("_", "/"));
    decoded = JSON.parse(decoder.decode(Uint8Array.from(bytes, (byte) => byte.charCodeAt(0))));
  } catch (cause) {
    throw invalid(cause);
  }
  if (!Array.isArray(decoded)) throw invalid();
  const points = decoded.map((point: unknown) => {
    if (!Array.isArray(point) || point.length !== 3) throw invalid();
    const [logId, position, eventId] = point as unknown[];
    if (typeof logId !== "string" || typeof eventId !== "string") throw invalid();
    if (!Number.isSafeInteger(position) || (position as number) < 0) throw invalid();
    return { logId, position: position as number, eventId };
  });
  // `atob` and `JSON.parse` forgive white space, padding and the like, which no token of ours holds.
  if (encodeToken(points) !== token) throw invalid();
  return points;
}

function invalid(cause?: unknown): MillraceError {
  return new MillraceError(
    "token-invalid",
    "The token is not one that this service gave out: expected the value of a Millrace-Token header, unchanged.",
    { cause },
  );
}
