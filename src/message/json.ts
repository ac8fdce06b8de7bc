import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";
import { MillraceError } from "../errors/millrace-error.ts";

/** What JSON can hold, which is what the log can hold. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

const encoder = new TextEncoder();

/** U+0000, which PostgreSQL cannot keep in text, and lone surrogates, which UTF-8 cannot express. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: it is the control character that is looked for.
const refusedText = /\u0000|[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/;
const everyRefused = new RegExp(refusedText, "g");

/** The same, once `JSON.stringify` has escaped them (it escapes both). */
const refusedJsonText = /\\u0000|\\ud[89a-f]/;

/** Whether every store can keep `text` (G11). */
export function isStorableText(text: string): boolean {
  return !refusedText.test(text);
}

/** `text` with what not every store can keep replaced by U+FFFD: for messages of others that must be kept in any case. */
export function toStorableText(text: string): string {
  return text.replace(everyRefused, "\uFFFD");
}

/** Throws `text-refused`, naming `what`, where `text` is not storable. */
export function requireStorableText(text: string, what: string): void {
  if (!isStorableText(text)) {
    throw new MillraceError(
      "text-refused",
      `${what} must be text without U+0000 and without lone surrogates; found ${JSON.stringify(text.slice(0, 100))}.`,
      { data: { what } },
    );
  }
}

/**
 * `value` as JSON text that every store can keep. Throws `text-refused`, naming `what`, where a string within holds
 * U+0000 or a lone surrogate, and `data-invalid` where the value is not JSON at all.
 */
export function toStorableJson(value: unknown, what: string): string {
  const text = jsonOf(value, what);
  // The quick look at the text errs only towards the exact walk: an escaped backslash before "u0000" also matches.
  // What is walked is what was written, which a `toJSON` within may have made of something else.
  if (refusedJsonText.test(text)) requireStorableStrings(JSON.parse(text), what);
  return text;
}

function jsonOf(value: unknown, what: string): string {
  let text: string | undefined;
  let cause: unknown;
  try {
    text = JSON.stringify(value);
  } catch (error) {
    // A bigint, a circle, or nesting deeper than the call stack.
    cause = error;
  }
  if (text !== undefined) return text;
  const found = cause instanceof Error ? cause.message.split("\n", 1)[0] : typeof value;
  throw new MillraceError("data-invalid", `${what} must be JSON; found ${found}.`, { data: { what }, cause });
}

function requireStorableStrings(value: unknown, path: string): void {
  if (typeof value === "string") requireStorableText(value, path);
  else if (Array.isArray(value))
    for (const [index, item] of value.entries()) requireStorableStrings(item, `${path}[${index}]`);
  else if (typeof value === "object" && value !== null) {
    for (const [key, item] of Object.entries(value)) {
      requireStorableText(key, `A key in ${path}`);
      requireStorableStrings(item, `${path}.${key}`);
    }
  }
}

/** `value` as JSON text in which the keys of every object are sorted: equal values give equal text. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, item: unknown) =>
    typeof item === "object" && item !== null && !Array.isArray(item)
      ? Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)))
      : item,
  );
}

/** A short text that is equal for equal JSON values and, for all that matters, for no others. */
export function fingerprintOf(value: unknown): string {
  return bytesToHex(sha256(encoder.encode(canonicalJson(value)))).slice(0, 32);
}
