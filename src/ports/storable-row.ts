import { MillraceError } from "../errors/millrace-error.ts";
import { requireStorableText, toStorableJson } from "../message/json.ts";
import type { Row, ViewTable } from "./view-table.ts";

/** What an index of every store can take, as UTF-8. */
const maxKeyBytes = 500;
const maxIndexedTextBytes = 2000;

const encoder = new TextEncoder();

/**
 * The JSON of a row that every store can keep. Throws `text-refused` or `data-invalid` for what is no storable JSON, and
 * `payload-too-large` for a key or a text of a declared index that is too long to be looked up.
 */
export function storableRow({ view, fields }: ViewTable, key: string, row: Row): string {
  requireStorableText(key, `The key of a row of view ${view}`);
  requireBytes(key, maxKeyBytes, () => `The key ${start(key)} of a row of view ${view}`);
  for (const { name } of fields) {
    const value = row[name];
    if (typeof value !== "string") continue;
    requireBytes(
      value,
      maxIndexedTextBytes,
      () => `The index ${name} of the row ${start(key)} of view ${view}`,
    );
  }
  return toStorableJson(row, `The row ${start(key)} of view ${view}`);
}

function requireBytes(text: string, most: number, what: () => string): void {
  // A code unit has at most three bytes, so most texts are not counted.
  if (text.length * 3 <= most) return;
  const bytes = encoder.encode(text).length;
  if (bytes <= most) return;
  throw new MillraceError("payload-too-large", `${what()} has ${bytes} bytes; at most ${most} are taken.`, {
    data: { bytes, maxBytes: most },
  });
}

function start(key: string): string {
  return key.length <= 100 ? key : `${key.slice(0, 100)}…`;
}
