import type { Actor, AnyAccess } from "../domain/access.ts";
import type { ViewDefinition } from "../domain/view.ts";
import { MillraceError } from "../errors/millrace-error.ts";
import type { RowFilter } from "../ports/view-table.ts";

/**
 * Which rows an actor sees by the access rules: all (`undefined`), none, or those that filters let through. Throws
 * `domain-threw` for a rule that throws or speaks of what is no index: then nothing is shown.
 */
export function visibleRows(
  access: AnyAccess | undefined,
  { name, indexes }: ViewDefinition,
  actor: Actor | undefined,
): readonly RowFilter[] | "none" | undefined {
  const rule = access?.views?.[name]?.rows;
  if (rule === undefined) return undefined;
  if (actor === undefined) return "none";
  let wanted: ReturnType<typeof rule>;
  try {
    wanted = rule(actor);
  } catch (cause) {
    throw new MillraceError("domain-threw", `The access rule "rows" of view ${name} threw.`, { cause });
  }
  if (!isFields(wanted)) {
    throw new MillraceError(
      "domain-threw",
      `The access rule "rows" of view ${name} must return fields and their values, such as { userId: actor.id }, at once; found ${found(wanted)}.`,
    );
  }
  return Object.entries(wanted).map(([field, value]) => {
    if (!indexes.some((index) => index.name === field)) {
      throw new MillraceError(
        "domain-threw",
        `The access rule "rows" of view ${name} speaks of ${JSON.stringify(field)}, which is not among its indexes.`,
      );
    }
    return { field, op: "eq", value };
  });
}

/** Whatever else a rule returns would let every row through: a promise has no fields of its own. */
function isFields(wanted: unknown): boolean {
  if (typeof wanted !== "object" || wanted === null) return false;
  const prototype: unknown = Object.getPrototypeOf(wanted);
  return (
    (prototype === Object.prototype || prototype === null) &&
    Object.values(wanted).every(
      (value) => value === null || ["string", "number", "boolean"].includes(typeof value),
    )
  );
}

function found(wanted: unknown): string {
  return wanted instanceof Promise ? "a promise" : (JSON.stringify(wanted)?.slice(0, 200) ?? String(wanted));
}
