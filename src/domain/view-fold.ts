import { MillraceError } from "../errors/millrace-error.ts";
import type { RecordedEvent } from "../message/event.ts";
import type { Json } from "../message/json.ts";
import { domainThrew, isDeclared, readEvent } from "./fold.ts";
import { parse } from "./schema.ts";
import type { ViewDefinition } from "./view.ts";

/** A row as the runtime carries it. */
export type AnyRow = Readonly<Record<string, Json>>;

/** A recorded event as the view sees it, with the key of its row; undefined where the view passes it over. Throws what `readEvent` does. */
export function readForView(
  view: ViewDefinition,
  recorded: RecordedEvent,
): { readonly event: RecordedEvent; readonly key: string } | undefined {
  const source = view.from.find((aggregate) => aggregate.name === recorded.category);
  if (source === undefined || (view.on[recorded.type] === undefined && isDeclared(source, recorded)))
    return undefined;
  const event = readEvent(source, recorded);
  if (view.key === undefined) return { event, key: event.aggregateId };
  let key: string | undefined;
  try {
    key = view.key(event);
  } catch (cause) {
    throw domainThrew(`key of view ${view.name}`, cause, event);
  }
  return key === undefined ? undefined : { event, key };
}

/**
 * The row after an event; undefined means no row. Throws `domain-threw` if the handler does or makes a row that does
 * not fit the view's schema.
 */
export function foldRow(
  view: ViewDefinition,
  row: AnyRow | undefined,
  event: RecordedEvent,
): AnyRow | undefined {
  let next: unknown;
  try {
    next = view.on[event.type]?.(row, event);
  } catch (cause) {
    throw domainThrew(`${event.type} of view ${view.name}`, cause, event);
  }
  if (next === undefined) return undefined;
  const parsed = parse(view.schema, next);
  if (parsed.issues !== undefined) {
    throw new MillraceError(
      "domain-threw",
      `${event.type} of view ${view.name} at position ${event.position} made a row that does not fit its schema: ${parsed.issues.map((issue) => `${issue.pointer || "/"} ${issue.message}`).join("; ")}.`,
      { data: { view: view.name, type: event.type, position: event.position, issues: parsed.issues } },
    );
  }
  return next as AnyRow;
}
