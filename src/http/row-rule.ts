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
