import type { Actor } from "../domain/access.ts";
import type { ViewDefinition } from "../domain/view.ts";
import { isMillraceError, MillraceError } from "../errors/millrace-error.ts";
import type { LogPoint } from "../message/log-point.ts";
import { decodeToken, encodeToken } from "../message/token.ts";
import type { Telemetry } from "../ports/telemetry.ts";
import type { RowFilter, StoredRow } from "../ports/view-table.ts";
import type { Runtime, ViewChanges } from "../runtime/runtime.ts";
import type { Exchange } from "./exchange.ts";
import { visibleRows } from "./row-rule.ts";
import { unauthenticated } from "./unauthenticated.ts";
import { visibleKeys } from "./visible-keys.ts";

export interface StreamSettings {
  readonly heartbeatMs: number;
  readonly isStopping: () => boolean;
  readonly telemetry: Telemetry;
}

export function wantsStream({ headers }: Request): boolean {
  return headers.get("accept")?.includes("text/event-stream") === true;
}

/**
 * Live changes of a view as server-sent events: `row` with `{ key, row }`, `removed` with `{ key }`; the id of each is
 * a token to resume after. Where access rules hide rows, a `removed` is told only of rows that the caller could see,
 * and the stream begins with `keys`, all that it sees now: what it no longer lists was removed while nobody listened.
 */
export async function changeStream(
  runtime: Runtime,
  view: ViewDefinition,
  { request, actor }: Exchange,
  asked: { readonly filters: readonly RowFilter[]; readonly key?: string },
  settings: StreamSettings,
): Promise<Response> {
  const visible = visibleRows(runtime.service.access, view, actor);
  if (visible === "none")
    throw unauthenticated(`Nobody is authenticated, and rows of ${view.name} are shown to actors.`);
  const filters = [...asked.filters, ...(visible ?? [])];
  const after = await startingPoint(runtime, view, request.headers.get("last-event-id"));
  const keys = visible === undefined ? undefined : await visibleKeys(runtime, view, filters, asked.key);
  const headers = {
    "content-type": "text/event-stream",
    "cache-control": "private, no-store",
    // Proxies that buffer would hold changes back.
    "x-accel-buffering": "no",
    vary: "accept",
  };
  if (request.method === "HEAD") return new Response(null, { status: 200, headers });

  const leaving = new AbortController();
  const changes = runtime.queries.changes(view.name, {
    filters,
    signal: leaving.signal,
    ...(after === undefined ? {} : { after }),
    ...(asked.key === undefined ? {} : { key: asked.key }),
  });
  return new Response(streamOf(changes, keys, leaving, request.signal, actor, settings), {
    status: 200,
    headers,
  });
}

const encoder = new TextEncoder();

function streamOf(
  changes: AsyncIterable<ViewChanges>,
  keys: Set<string> | undefined,
  leaving: AbortController,
  left: AbortSignal,
  actor: Actor | undefined,
  { heartbeatMs, isStopping, telemetry }: StreamSettings,
): ReadableStream<Uint8Array> {
  const leave = () => leaving.abort();
  let isCancelled = false;
  let beating: ReturnType<typeof setInterval> | undefined;
  const end = () => {
    clearInterval(beating);
    left.removeEventListener("abort", leave);
    leave();
  };
  const steps = changes[Symbol.asyncIterator]();
  // A stream that cannot go on ends, and clients come back to where they were: it must not take the process with it.
  const nextStep = async (): Promise<ViewChanges | undefined> => {
    try {
      const step = await steps.next();
      return step.done === true ? undefined : step.value;
    } catch (error) {
      telemetry.log("error", "A stream of changes broke off.", { error });
      return undefined;
    }
  };
  return new ReadableStream<Uint8Array>({
    start(controller) {
      left.addEventListener("abort", leave);
      if (left.aborted) leave();
      // The first bytes tell that the stream stands, before there is any change.
      controller.enqueue(encoder.encode(": open\n\n"));
      if (keys !== undefined) controller.enqueue(encoder.encode(eventText("keys", { keys: [...keys] })));
      beating = setInterval(() => {
        if (isStopping() || hasExpired(actor)) leave();
        else if ((controller.desiredSize ?? 0) > 0) controller.enqueue(encoder.encode(": beat\n\n"));
      }, heartbeatMs);
    },
    // Pulled only when the client has taken what came before: a slow one holds up nobody else, nor memory.
    async pull(controller) {
      const step = await nextStep();
      if (step !== undefined && !leaving.signal.aborted && !hasExpired(actor)) {
        controller.enqueue(encoder.encode(changeText(step, keys)));
        return;
      }
      end();
      if (!isCancelled) controller.close();
    },
    cancel() {
      isCancelled = true;
      end();
    },
  });
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
  runtime: Runtime,
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

/** A stream lives no longer than what let the caller in. */
function hasExpired(actor: Actor | undefined): boolean {
  const expiresAt = actor?.claims.exp;
  return typeof expiresAt === "number" && Date.now() >= expiresAt * 1000;
}
