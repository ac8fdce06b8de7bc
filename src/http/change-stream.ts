import type { ViewDefinition } from "../domain/view.ts";
import { isMillraceError, MillraceError } from "../errors/millrace-error.ts";
import type { LogPoint } from "../message/log-point.ts";
import { decodeToken, encodeToken } from "../message/token.ts";
import type { RowFilter, StoredRow } from "../ports/view-table.ts";
import type { Running, ViewChanges } from "../runtime/runtime.ts";
import { eventStream, type StreamSettings } from "./event-stream.ts";
import type { Exchange } from "./exchange.ts";
import { visibleRows } from "./row-rule.ts";
import { unauthenticated } from "./unauthenticated.ts";
import { visibleKeys } from "./visible-keys.ts";

/**
 * Live changes of a view as server-sent events: `row` with `{ key, row }`, `removed` with `{ key }`; the id of each is
 * a token to resume after. Where access rules hide rows, a `removed` is told only of rows that the caller could see,
 * and the stream begins with `keys`, all that it sees now: what it no longer lists was removed while nobody listened.
 */
export async function changeStream(
  runtime: Running<"queries">,
  view: ViewDefinition,
  exchange: Exchange,
  asked: { readonly filters: readonly RowFilter[]; readonly key?: string },
  settings: StreamSettings,
): Promise<Response> {
  const { headers } = exchange.request;
  const { actor } = exchange;
  const visible = visibleRows(runtime.service.access, view, actor);
  if (visible === "none")
    throw unauthenticated(`Nobody is authenticated, and rows of ${view.name} are shown to actors.`);
  const filters = [...asked.filters, ...(visible ?? [])];
  const after = await startingPoint(runtime, view, headers.get("last-event-id"));
  const keys = visible === undefined ? undefined : await visibleKeys(runtime, view, filters, asked.key);
  const wanted = {
    filters,
    ...(asked.key === undefined ? {} : { key: asked.key }),
    ...(after === undefined ? {} : { after }),
  };
  return eventStream(
    exchange,
    settings,
    (signal) => textsOf(runtime.queries.changes(view.name, { ...wanted, signal }), keys),
    keys === undefined ? "" : eventText("keys", { keys: [...keys] }),
  );
}

async function* textsOf(
  changes: AsyncIterable<ViewChanges>,
  keys: Set<string> | undefined,
): AsyncGenerator<string> {
  for await (const step of changes) yield changeText(step, keys);
}

/** One step of the view; its last event carries the id, so that a resume never begins within a step. */
function changeText({ point, rows }: ViewChanges, keys: Set<string> | undefined): string {
  const texts: string[] = [];
  for (const { key, row } of rows) {
    if (row !== undefined) {
      keys?.add(key);
      texts.push(eventText("row", rowData(key, row)));
    } else if (keys === undefined || keys.delete(key)) {
      texts.push(eventText("removed", { key }));
    }
  }
  const id = `id: ${encodeToken([point])}\n`;
  const last = texts.pop();
  return last === undefined ? `${id}\n` : `${texts.join("")}${id}${last}`;
}

function rowData(key: string, { row }: StoredRow) {
  return { key, row };
}

/** JSON holds no line breaks, so one data line is enough. */
function eventText(type: "row" | "removed" | "keys", data: unknown): string {
  return `event: ${type}\ndata: ${JSON.stringify(data)}\n\n`;
}

/** Where to begin: after the id that the client saw last, else now. Rejects with what a query by this token would. */
async function startingPoint(
  runtime: Running<"queries">,
  view: ViewDefinition,
  lastEventId: string | null,
): Promise<LogPoint | undefined> {
  const token = lastEventId === null || lastEventId === "" ? undefined : lastEventId;
  const [resumed, ...others] = token === undefined ? [] : decodeToken(token);
  if (token !== undefined && (resumed === undefined || others.length > 0)) {
    throw new MillraceError("token-invalid", "Last-Event-ID must be the id of an event of this stream.");
  }
  const freshness = token === undefined ? {} : { freshness: { token, waitMs: 0, lenient: true } };
  try {
    const { point } = await runtime.queries.rows(view.name, { filters: [], limit: 1, ...freshness });
    return resumed ?? (point.logId === "" ? undefined : point);
  } catch (error) {
    // A parked row says nothing about the changes of the others.
    if (resumed !== undefined && isMillraceError(error, "view-parked")) return resumed;
    throw error;
  }
}
