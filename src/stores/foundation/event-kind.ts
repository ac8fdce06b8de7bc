import type { EventKind } from "../../ports/event-store.ts";

/** A kind as one text, as databases can make it of a row. A category holds no dash, so that two kinds never share one. */
export function textOfKind({ category, type }: EventKind): string {
  return `${category}-${type}`;
}

/** The same of a row. */
export function textOfRow(stream: string, type: string): string {
  return stream.slice(0, stream.indexOf("-") + 1) + type;
}
