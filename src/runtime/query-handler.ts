import type { ViewDefinition } from "../domain/view.ts";
import { MillraceError } from "../errors/millrace-error.ts";
import type { LogPoint } from "../message/log-point.ts";
import { logBeginning } from "../message/log-point.ts";
import { streamName } from "../message/stream.ts";
import type { Clock } from "../ports/clock.ts";
import type { EventStore } from "../ports/event-store.ts";
import { unstartedProcessor } from "../ports/processor-state.ts";
import type { StateStore } from "../ports/state-store.ts";
import {
  type FieldValue,
  processorOfTable,
  type RowPage,
  type RowQuery,
  type ViewTable,
} from "../ports/view-table.ts";
import { decodeCursor, encodeCursor } from "./cursor.ts";
import { checkQuery, passes } from "./row-filter.ts";
import type { Freshness, RowAnswer, RowsAnswer, RowsRequest } from "./runtime.ts";
import { lowestCheckpoint } from "./share-ranges.ts";
import { verifyToken } from "./verify-token.ts";
import { tablesOf } from "./view-tables.ts";

const defaultWaitMs = 2000;
const maxLimit = 1000;

/** Between two looks at a view that somebody waits for: other processes ring no bell here. */
const pollMs = 25;

/** For so long it is taken for granted which table serves; a switch drops the old one, which is noticed at once. */
const servingForMs = 1000;

/** Answers queries from the serving tables of views. */
export class QueryHandler {
  readonly #events: EventStore;
  readonly #states: StateStore;
  readonly #clock: Clock;
  readonly #serving = new Map<ViewDefinition, { readonly table: ViewTable; readonly until: number }>();
  readonly #built = new Set<string>();

  constructor(parts: { events: EventStore; states: StateStore; clock: Clock }) {
    this.#events = parts.events;
    this.#states = parts.states;
    this.#clock = parts.clock;
  }

  /** See `QuerySide.rows`. */
  async rows(view: ViewDefinition, request: RowsRequest): Promise<RowsAnswer> {
    const { filters, sort, limit, cursor } = request;
    checkQuery(view.name, view.indexes, request);
    if (!Number.isSafeInteger(limit) || limit < 1 || limit > maxLimit) {
      throw new MillraceError(
        "query-invalid",
        `The limit is a whole number from 1 to ${maxLimit}; found ${limit}.`,
      );
    }
    const query: RowQuery = {
      filters,
      limit,
      ...(sort === undefined ? {} : { sort }),
      ...(cursor === undefined ? {} : { after: decodeCursor(view.name, request, cursor) }),
    };
    const { page, point, fresh } = await this.#read(view, query, request.freshness);
    const last = page.rows.at(-1);
    if (!page.more || last === undefined) return { rows: page.rows, point, fresh };
    const value = sort === undefined ? null : ((last.row[sort.field] ?? null) as FieldValue);
    return {
      rows: page.rows,
      point,
      fresh,
      next: encodeCursor(view.name, request, { value, key: last.key }),
    };
  }

  /** See `QuerySide.row`. */
  async row(
    view: ViewDefinition,
    key: string,
    request: Pick<RowsRequest, "filters" | "freshness">,
  ): Promise<RowAnswer> {
    checkQuery(view.name, view.indexes, request);
    // The checkpoint is read first: the row read after it is at least as new.
    const { point, fresh } = await this.#read(view, { filters: [], limit: 1 }, request.freshness, key);
    const row = (await this.fromServing(view, (serving) => this.#states.readRows(serving, [key]))).get(key);
    return { row: row !== undefined && passes(row.row, request.filters) ? row : undefined, point, fresh };
  }

  /** The table that serves a view; undefined before there is one. */
  async #servingTable(view: ViewDefinition): Promise<ViewTable> {
    const known = this.#serving.get(view);
    const now = this.#clock.elapsed();
    if (known !== undefined && now < known.until) return known.table;
    const [table] = await tablesOf(this.#states, view);
    if (table === undefined) throw this.#building(view, 0, 0);
    this.#serving.set(view, { table, until: now + servingForMs });
    return table;
  }

  async #read(
    view: ViewDefinition,
    query: RowQuery,
    freshness: Freshness = {},
    key?: string,
  ): Promise<{ page: RowPage; point: LogPoint; fresh: boolean; table: ViewTable }> {
    const wanted =
      freshness.token === undefined ? undefined : await verifyToken(this.#events, freshness.token);
    const deadline = this.#clock.elapsed() + (freshness.waitMs ?? defaultWaitMs);
    for (;;) {
      const { page, table } = await this.fromServing(view, async (serving) => ({
        page: await this.#states.queryRows(serving, query),
        table: serving,
      }));
      const point = page.checkpoint ?? logBeginning("");
      await this.#requireBuilt(view, table, point);
      const fresh = wanted === undefined || point.position >= wanted.position;
      if (fresh) {
        if (wanted !== undefined && freshness.token !== undefined) {
          if (this.#events.capabilities.replica) await verifyToken(this.#events, freshness.token);
          await this.#requireNothingParked(view, table, wanted, key);
        }
        return { page, point, fresh, table };
      }
      if (this.#clock.elapsed() >= deadline) {
        if (freshness.lenient === true) return { page, point, fresh, table };
        throw await this.#lagging(view, table, wanted, point);
      }
      await this.#waitForProgress(table, Math.min(pollMs, deadline - this.#clock.elapsed()));
    }
  }

  /** Reads from the serving table; once more if that was dropped by a switch in the meantime. */
  async fromServing<Result>(
    view: ViewDefinition,
    read: (table: ViewTable) => Promise<Result>,
  ): Promise<Result> {
    const table = await this.#servingTable(view);
    try {
      return await read(table);
    } catch (error) {
      this.#serving.delete(view);
      const now = await this.#servingTable(view);
      if (now.generation === table.generation) throw error;
      return read(now);
    }
  }

  async #requireBuilt(view: ViewDefinition, table: ViewTable, point: LogPoint): Promise<void> {
    const processor = processorOfTable(table);
    if (this.#built.has(processor)) return;
    const state = (await this.#states.listProcessors()).get(processor) ?? unstartedProcessor;
    const target = state.ranges.length === 0 ? (await this.#events.head()).position : state.buildTarget;
    const position = Math.max(point.position, lowestCheckpoint(state)?.position ?? 0);
    if (position < target) throw this.#building(view, position, target);
    this.#built.add(processor);
  }

  /** What a token covers must not wait among the parked events: the rows would be those from before. */
  async #requireNothingParked(
    view: ViewDefinition,
    table: ViewTable,
    wanted: LogPoint,
    key: string | undefined,
  ): Promise<void> {
    if (view.key !== undefined) return;
    const sequence = key === undefined ? {} : { sequence: streamName(view.from[0]?.name ?? "", key) };
    const [parked] = await this.#states.listParked(processorOfTable(table), { ...sequence, limit: 1 });
    if (parked === undefined || parked.position > wanted.position) return;
    throw new MillraceError(
      "view-parked",
      `The token covers event ${parked.position} of ${parked.sequence}, which view ${view.name} has parked: ${parked.failure?.message ?? "it waits behind an event that failed"}. Fix the cause and retry it, or ask without a token.`,
      { data: { view: view.name, sequence: parked.sequence, position: parked.position } },
    );
  }

  async #lagging(
    view: ViewDefinition,
    table: ViewTable,
    wanted: LogPoint,
    point: LogPoint,
  ): Promise<MillraceError> {
    const state = (await this.#states.listProcessors()).get(processorOfTable(table));
    const failure = state?.ranges.find((range) => range.failure !== undefined)?.failure;
    const because =
      failure === undefined
        ? "within the time allowed"
        : `because it stands at event ${failure.position}: ${failure.message}`;
    return new MillraceError(
      failure === undefined ? "view-lagging" : "view-parked",
      `View ${view.name} is at position ${point.position} and did not reach ${wanted.position} ${because}.`,
      { data: { view: view.name, position: point.position, wanted: wanted.position } },
    );
  }

  async #waitForProgress(table: ViewTable, ms: number): Promise<void> {
    const waiting = new AbortController();
    await Promise.race([
      this.#states.waitForProgress(processorOfTable(table), waiting.signal),
      this.#clock.sleep(Math.max(1, ms), waiting.signal),
    ]);
    waiting.abort();
  }

  #building(view: ViewDefinition, position: number, target: number): MillraceError {
    return new MillraceError(
      "view-building",
      `View ${view.name} of version ${view.version} is being built: ${position} of ${target} events so far.`,
      { data: { view: view.name, version: view.version, position, target } },
    );
  }
}
