import { MillraceError } from "../../errors/millrace-error.ts";
import type { FieldValue, IndexedField, ViewTable } from "../../ports/view-table.ts";

/** The declared field of this name. Throws `query-invalid` for any other, which has no column. */
export function declaredField(table: ViewTable, name: string): IndexedField {
  const field = table.fields.find((candidate) => candidate.name === name);
  if (field !== undefined) return field;
  throw new MillraceError(
    "query-invalid",
    `View ${table.view} has no index ${JSON.stringify(name)}; expected one of ${table.fields.map((it) => it.name).join(", ") || "none"}.`,
    { data: { view: table.view, field: name } },
  );
}

/** Whether a field can have this value. */
export function fits({ type }: IndexedField, value: FieldValue): boolean {
  return typeof value === (type === "text" ? "string" : type);
}

/** The least text greater than every text with this prefix; undefined where there is none. */
export function afterPrefix(prefix: string): string | undefined {
  const points = Array.from(prefix, (char) => char.codePointAt(0) ?? 0);
  for (let last = points.pop(); last !== undefined; last = points.pop()) {
    if (last >= 0x10ffff) continue;
    // Surrogates are no characters: the one after U+D7FF is U+E000.
    const next = last === 0xd7ff ? 0xe000 : last + 1;
    return String.fromCodePoint(...points, next);
  }
  return undefined;
}

/** Throws `declaration-invalid` where a table that is there was made for other fields than those declared now. */
export function requireSameFields(declared: ViewTable, found: readonly IndexedField[]): void {
  const { view, version, fields } = declared;
  const [expected, actual] = [describe(fields), describe(found)];
  if (expected === actual) return;
  throw new MillraceError(
    "declaration-invalid",
    `View ${view} of version ${version} was stored with the indexes ${actual}; declared are ${expected}. Raise its version.`,
    { data: { view, version, expected, found: actual } },
  );
}

function describe(fields: readonly IndexedField[]): string {
  const sorted = fields.map(({ name, type }) => `${name} (${type})`).sort();
  return sorted.length === 0 ? "none" : sorted.join(", ");
}
