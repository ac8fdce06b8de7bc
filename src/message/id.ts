import { sha256 } from "@noble/hashes/sha2.js";
import { v7 } from "uuid";

const encoder = new TextEncoder();

/** A new id: UUIDv7, so that ids made one after another lie side by side in an index. */
export function newId(): string {
  return v7();
}

/**
 * An id that follows from `parts` alone: the same parts give the same id, in every process and after every restart.
 * A UUIDv8 (RFC 9562) of the SHA-256 of the parts, each with its length in front so that no two lists run together.
 */
export function derivedId(...parts: readonly (string | number)[]): string {
  const text = parts.map((part) => `${String(part).length}:${part}`).join("");
  const bytes = sha256(encoder.encode(text));
  const hex = Array.from(bytes.subarray(0, 16), (byte) => byte.toString(16).padStart(2, "0")).join("");
  const variant = ((Number.parseInt(hex.slice(16, 17), 16) & 0x3) | 0x8).toString(16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/** The id of a command that a caller named itself: scoped by actor, so that nobody can meet another's keys (G4). */
export function commandIdOfKey(actor: string | undefined, key: string): string {
  return derivedId("idempotency-key", actor === undefined ? "anonymous" : `actor:${actor}`, key);
}

/** The id of a command's event: the command's id and the event's index among its events. */
export function eventIdOf(commandId: string, index: number): string {
  return `${commandId}.${index}`;
}

/** What `eventIdOf` made an id of; undefined for an id that it did not make. */
export function placeOfEventId(
  id: string,
): { readonly commandId: string; readonly index: number } | undefined {
  const match = /^(.+)\.(0|[1-9]\d{0,8})$/s.exec(id);
  return match === null ? undefined : { commandId: match[1] ?? "", index: Number(match[2]) };
}
