import type { ViewDefinition } from "../domain/view.ts";
import { readForView } from "../domain/view-fold.ts";
import { isMillraceError, MillraceError } from "../errors/millrace-error.ts";
import { type LogPoint, logBeginning } from "../message/log-point.ts";
import { parseStreamName } from "../message/stream.ts";
import type { Clock } from "../ports/clock.ts";
import type { EventStore } from "../ports/event-store.ts";
import type { StateStore } from "../ports/state-store.ts";
import { processorOfTable, type ViewTable } from "../ports/view-table.ts";
import type { QueryHandler } from "./query-handler.ts";
import { checkQuery, passes } from "./row-filter.ts";
import type { ChangesRequest, ViewChanges } from "./runtime.ts";

/** Events looked through per step. */
const pageSize = 500;

/** Between two looks at a view whose processor runs in another process, where no bell rings here. */
const pollMs = 200;

/**
 * Live changes of a view, without a log of changes: the events between the last point and the view's checkpoint tell
 * which rows were touched, and each is told as it is now; a parked row is told again once it was mended. Begins with the
 * point alone. Resuming may repeat a change and never loses one: while something is parked, the point to resume after is the one
 * before it. A row that is gone, or that the filters no longer let through, is told as gone.
 */
export async function* viewChanges(
  parts: { events: EventStore; states: StateStore; clock: Clock; queries: QueryHandler },
  view: ViewDefinition,
  request: ChangesRequest,
): AsyncGenerator<ViewChanges> {
  const { events, states, clock, queries } = parts;
  const { signal, filters, key } = request;
  checkQuery(view.name, view.indexes, request);
  const look = () =>
    queries.fromServing(view, async (table) => {
      const { checkpoint } = await states.queryRows(table, { filters: [], limit: 1 });
      // After the checkpoint: what was parked on the way to it is seen.
      const parked = await parkedRows(states, view, table, key);
      return { table, point: checkpoint ?? logBeginning((await events.head()).logId), parked };
    });
  let { parked, point: from } = await look();
  if (request.after !== undefined) from = request.after;
  // What a replica does not hold yet may be on its way.
  if (events.capabilities.replica) await events.waitForEvents(from.position - 1, signal);
  if (signal.aborted) return;
  await requirePoint(events, from);
  yield { point: await pointBeforeParked(events, from, parked), rows: [] };
  while (!signal.aborted) {
    const { table, point, parked: stillParked } = await look();
    const touched = new Set([...parked.keys()].filter((rowKey) => !stillParked.has(rowKey)));
    parked = stillParked;
    if (point.position <= from.position && touched.size === 0) {
      await waitForProgress(states, clock, processorOfTable(table), signal);
      continue;
    }
    if (point.position > from.position) {
      const limit = Math.min(pageSize, point.position - from.position);
      const page = await events.readLog({ after: from.position, limit, types: Object.keys(view.on) });
      for (const event of page.events) {
        const rowKey = event.position <= point.position ? keyOf(view, event) : undefined;
        if (rowKey !== undefined && (key === undefined || key === rowKey)) touched.add(rowKey);
      }
      from = page.through.position <= point.position ? page.through : point;
    }
    if (touched.size === 0) continue;
    const rows = await queries.fromServing(view, (serving) => states.readRows(serving, [...touched]));
    yield {
      point: await pointBeforeParked(events, from, parked),
      rows: [...touched].map((rowKey) => {
        const row = rows.get(rowKey);
        return { key: rowKey, row: row !== undefined && passes(row.row, filters) ? row : undefined };
      }),
    };
  }
}

/** The rows that are parked, each with the position of its first event that waits. */
async function parkedRows(
  states: StateStore,
  view: ViewDefinition,
  table: ViewTable,
  key: string | undefined,
): Promise<ReadonlyMap<string, number>> {
  // Only a view with a row per stream parks; any other stands still.
  if (view.key !== undefined) return new Map();
  const sequences = await states.listParkedSequences(processorOfTable(table));
  const rows = sequences.map(
    ({ sequence, first }) => [parseStreamName(sequence).aggregateId, first.position] as const,
  );
  return new Map(rows.filter(([rowKey]) => key === undefined || key === rowKey));
}

async function pointBeforeParked(
  events: EventStore,
  point: LogPoint,
  parked: ReadonlyMap<string, number>,
): Promise<LogPoint> {
  let first = Number.POSITIVE_INFINITY;
  for (const position of parked.values()) first = Math.min(first, position);
  return first > point.position ? point : ((await events.pointAt(first - 1)) ?? point);
}

async function waitForProgress(
  states: StateStore,
  clock: Clock,
  processor: string,
  signal: AbortSignal,
): Promise<void> {
  const waiting = new AbortController();
  const stop = () => waiting.abort("woken");
  signal.addEventListener("abort", stop);
  await Promise.race([
    states.waitForProgress(processor, waiting.signal),
    clock.sleep(pollMs, waiting.signal),
  ]);
  signal.removeEventListener("abort", stop);
  stop();
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
