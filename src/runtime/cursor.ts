import { MillraceError } from "../errors/millrace-error.ts";
import { fingerprintOf } from "../message/json.ts";
import type { FieldValue, RowQuery } from "../ports/view-table.ts";

type Ordering = Pick<RowQuery, "filters" | "sort">;

/** A cursor continues one query after one row; it carries the query's fingerprint so that it continues no other. */
export function encodeCursor(view: string, query: Ordering, after: NonNullable<RowQuery["after"]>): string {
  const text = JSON.stringify([queryFingerprint(view, query), after.value, after.key]);
  const bytes = new TextEncoder().encode(text);
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replace(/=+$/, "");
}

/** The row after which a cursor continues. Throws `query-invalid` for one of another query, or for anything else. */
export function decodeCursor(view: string, query: Ordering, cursor: string): NonNullable<RowQuery["after"]> {
  try {
    const binary = atob(cursor.replaceAll("-", "+").replaceAll("_", "/"));
    const text = new TextDecoder("utf-8", { fatal: true }).decode(
      Uint8Array.from(binary, (char) => char.charCodeAt(0)),
    );
    const [fingerprint, value, key] = JSON.parse(text) as [unknown, FieldValue, unknown];
    const scalar = value === null || ["string", "number", "boolean"].includes(typeof value);
    if (fingerprint === queryFingerprint(view, query) && typeof key === "string" && scalar)
      return { value, key };
  } catch {
    // Falls through to the one answer for every cursor that is not ours.
  }
  throw new MillraceError(
    "query-invalid",
    "The cursor does not belong to this query: expected the cursor of an earlier page with the same view, filters and sort.",
    { data: { view } },
  );
}

function queryFingerprint(view: string, { filters, sort }: Ordering): string {
  return fingerprintOf([view, filters, sort ?? null]).slice(0, 12);
}
