import type { ViewDefinition } from "../domain/view.ts";
import { MillraceError } from "../errors/millrace-error.ts";
import type { RowFilter } from "../ports/view-table.ts";
import type { Running } from "../runtime/runtime.ts";

/** A stream remembers the keys that its caller may know; more than these are no page for a person. */
const mostKeys = 10_000;

/** The keys of all rows that the filters let through now, or of the one asked for. Rejects with `query-invalid` for too many. */
export async function visibleKeys(
  runtime: Running<"queries">,
  view: ViewDefinition,
  filters: readonly RowFilter[],
  key: string | undefined,
): Promise<Set<string>> {
  if (key !== undefined) {
    const { row } = await runtime.queries.row(view.name, key, { filters });
    return new Set(row === undefined ? [] : [key]);
  }
  const keys = new Set<string>();
  let cursor: string | undefined;
  do {
    const page = await runtime.queries.rows(view.name, {
      filters,
      limit: 1000,
      ...(cursor === undefined ? {} : { cursor }),
    });
    for (const row of page.rows) keys.add(row.key);
    cursor = page.next;
    if (keys.size > mostKeys) {
      throw new MillraceError(
        "query-invalid",
        `Changes of more than ${mostKeys} rows cannot be followed where access rules choose the rows: narrow them by filters.`,
      );
    }
  } while (cursor !== undefined);
  return keys;
}
