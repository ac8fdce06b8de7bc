import type { ViewDefinition } from "../domain/view.ts";
import { readForView } from "../domain/view-fold.ts";
import { isMillraceError, MillraceError } from "../errors/millrace-error.ts";
import { type LogPoint, logBeginning } from "../message/log-point.ts";
import type { Clock } from "../ports/clock.ts";
import type { EventStore } from "../ports/event-store.ts";
import type { StateStore } from "../ports/state-store.ts";
import { processorOfTable } from "../ports/view-table.ts";
import type { QueryHandler } from "./query-handler.ts";
import { checkQuery, passes } from "./row-filter.ts";
import type { ChangesRequest, ViewChanges } from "./runtime.ts";

/** Events looked through per step. */
const pageSize = 500;

/** Between two looks at a view whose processor runs in another process, where no bell rings here. */
const pollMs = 200;

/**
 * Live changes of a view, without a log of changes: the events between the last point and the view's checkpoint tell
 * which rows were touched, and each is told as it is now. Resuming therefore may repeat a change and never loses one;
 * a row that is gone, or that the filters no longer let through, is told as gone.
 */
export async function* viewChanges(
  parts: { events: EventStore; states: StateStore; clock: Clock; queries: QueryHandler },
  view: ViewDefinition,
  request: ChangesRequest,
): AsyncGenerator<ViewChanges> {
  const { events, states, clock, queries } = parts;
  const { signal, filters, key } = request;
  checkQuery(view.name, view.indexes, request);
  const checkpoint = async () => {
    const table = await queries.servingTable(view);
    const { checkpoint: point } = await states.queryRows(table, { filters: [], limit: 1 });
    return { table, point: point ?? logBeginning((await events.head()).logId) };
  };
  let from = request.after ?? (await checkpoint()).point;
  await requirePoint(events, from);
  while (!signal.aborted) {
    const { table, point } = await checkpoint();
    if (point.position <= from.position) {
      const waiting = new AbortController();
      const stop = () => waiting.abort();
      signal.addEventListener("abort", stop);
      await Promise.race([
        states.waitForProgress(processorOfTable(table), waiting.signal),
        clock.sleep(pollMs, waiting.signal),
      ]);
      signal.removeEventListener("abort", stop);
      waiting.abort();
      continue;
    }
    const limit = Math.min(pageSize, point.position - from.position);
    const page = await events.readLog({ after: from.position, limit, types: Object.keys(view.on) });
    const within = page.events.filter((event) => event.position <= point.position);
    const touched = new Set<string>();
    for (const event of within) {
      const rowKey = keyOf(view, event);
      if (rowKey !== undefined && (key === undefined || key === rowKey)) touched.add(rowKey);
    }
    from = page.through.position <= point.position ? page.through : point;
    if (touched.size === 0) continue;
    const rows = await states.readRows(table, [...touched]);
    yield {
      point: from,
      rows: [...touched].map((rowKey) => {
        const row = rows.get(rowKey);
        return { key: rowKey, row: row !== undefined && passes(row.row, filters) ? row : undefined };
      }),
    };
  }
}

/** The row that an event touches; an event that cannot be read has changed no row. */
function keyOf(view: ViewDefinition, event: Parameters<typeof readForView>[1]): string | undefined {
  try {
    return readForView(view, event)?.key;
  } catch (error) {
    if (isMillraceError(error)) return undefined;
    throw error;
  }
}

async function requirePoint(events: EventStore, point: LogPoint): Promise<void> {
  const found = await events.pointAt(point.position);
  if (found?.eventId === point.eventId && found.logId === point.logId) return;
  throw new MillraceError(
    "log-diverged",
    `Changes cannot go on after event ${point.eventId} at position ${point.position}: the log does not hold it there. Read the view again.`,
    { data: { position: point.position } },
  );
}
