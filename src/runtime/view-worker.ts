import QuickLRU from "quick-lru";
import type { EventSourceDefinition } from "../domain/event-source.ts";
import type { ViewDefinition } from "../domain/view.ts";
import { foldRow, readForView } from "../domain/view-fold.ts";
import { isMillraceError } from "../errors/millrace-error.ts";
import type { Clock } from "../ports/clock.ts";
import type { EventKind, EventStore, LogPage } from "../ports/event-store.ts";
import type { RowChange, StateStore } from "../ports/state-store.ts";
import type { Telemetry } from "../ports/telemetry.ts";
import { processorOfTable, type ViewTable } from "../ports/view-table.ts";
import { countHandled } from "./count-handled.ts";
import {
  type EventWorker,
  type HeldRange,
  type ParkedEvents,
  rangeKeyOf,
  type StepResult,
} from "./event-worker.ts";
import { failureOf } from "./failure.ts";
import { Folding, type KnownRow, type KnownRows, type Readable } from "./fold-page.ts";
import { passedOver } from "./passed-over.ts";
import { pointBefore } from "./point-before.ts";

/** Events folded per transaction: enough to fold many events of one row into one write, few enough to keep memory flat. */
const pageSize = 1000;

/** How much later those who wait for a view learn that it is past events which changed no row: each write is a sync, or a round trip. */
const writeWithinMs = 25;

/** Rows kept in memory between pages, up to twice as many. While the range is held nobody else writes them. */
const cachedRows = 10_000;

/** A page that is folded and not committed. */
interface FoldedPage {
  readonly page: LogPage;
  /** The page after it, which is read meanwhile; undefined at the head. */
  readonly next: Promise<LogPage> | undefined;
  readonly folding: Folding;
  readonly rows: ReadonlyMap<string, RowChange>;
}

/** The page after a position, and what it comes to while these sequences are parked and the page before it is committed. */
interface PageAhead {
  readonly after: number;
  readonly parked: ReadonlySet<string>;
  readonly page: Promise<LogPage>;
  readonly folded: Promise<FoldedPage>;
}

/** Folds events into the rows of one table: each event exactly once, rows and checkpoint in one transaction (G5). */
export class ViewWorker implements EventWorker {
  readonly kind = "view";
  readonly processor: string;
  readonly name: string;
  readonly spread: boolean;
  readonly #view: ViewDefinition;
  readonly #table: ViewTable;
  readonly #except: readonly EventKind[];
  readonly #events: EventStore;
  readonly #states: StateStore;
  readonly #clock: Clock;
  readonly #telemetry: Telemetry;
  readonly #rows = new QuickLRU<string, KnownRow>({ maxSize: cachedRows });
  /** By first slice of a range: the page that it will ask for next. */
  readonly #ahead = new Map<number, PageAhead>();

  constructor(parts: {
    view: ViewDefinition;
    table: ViewTable;
    sources: readonly EventSourceDefinition[];
    events: EventStore;
    states: StateStore;
    clock: Clock;
    telemetry: Telemetry;
  }) {
    this.#view = parts.view;
    this.#table = parts.table;
    this.#events = parts.events;
    this.#states = parts.states;
    this.#clock = parts.clock;
    this.#telemetry = parts.telemetry;
    this.#except = passedOver(parts.sources, parts.view);
    this.processor = processorOfTable(parts.table);
    this.name = parts.view.name;
    this.spread = parts.view.key === undefined;
  }

  async step(range: HeldRange, parked: ReadonlySet<string>, signal: AbortSignal): Promise<StepResult> {
    const folded = await this.#takeFolded(range, parked);
    if (signal.aborted) return { status: "progressed", range, caughtUp: false, parked: [] };
    if (folded.page.through.position === range.checkpoint.position) {
      return { status: "progressed", range, caughtUp: true, parked: [] };
    }
    this.#goAhead(range, parked, folded);
    try {
      return await this.#commit(folded, range);
    } catch (error) {
      // Nobody can tell whether this was committed after all, nor then which rows are stored.
      this.forget();
      if (!isUnstorable(error)) throw error;
      // Some row of the page can't be stored. Looking at each row would slow every page down, so only this one is looked at again.
      return this.#commit(await this.#fold(folded.page, range, parked, { suspected: this.#table }), range);
    }
  }

  async #commit({ page, folding, rows }: FoldedPage, range: HeldRange): Promise<StepResult> {
    // Whatever precedes an event that cannot be passed is kept; the checkpoint then stands right before it.
    const checkpoint =
      folding.stop === undefined
        ? page.through
        : await pointBefore(this.#events, folding.stop.position, range.checkpoint);
    const caughtUp = page.events.length < pageSize;
    if (isIdle(folding, rows) && range.failure === undefined) {
      countHandled(this.#telemetry, this.name, { events: folding.handled, failures: 0, retries: 0 });
      return { status: "progressed", range: { ...range, checkpoint }, caughtUp, parked: [], writeWithinMs };
    }
    const result = await this.#states.commitProgress({
      processor: this.processor,
      range: rangeKeyOf(range),
      checkpoint,
      rows: { table: this.#table, changes: [...rows.values()] },
      park: folding.parked,
      ...(folding.stop !== undefined
        ? {
            failure: {
              ...folding.stop,
              attempts: (range.failure?.position === folding.stop.position ? range.failure.attempts : 0) + 1,
            },
          }
        : range.failure === undefined
          ? {}
          : { failure: null }),
    });
    if (result === "fenced") return { status: "fenced" };
    const isRepeated = range.failure?.position === folding.stop?.position;
    countHandled(this.#telemetry, this.name, {
      events: folding.handled,
      failures:
        folding.parked.filter(({ failure }) => failure !== undefined).length +
        (folding.stop === undefined || isRepeated ? 0 : 1),
      retries: folding.stop !== undefined && isRepeated ? 1 : 0,
    });
    for (const [key, { row }] of rows) this.#rows.set(key, { row });
    const { failure: _, ...rest } = range;
    if (folding.stop !== undefined) {
      return { status: "stopped", range: { ...rest, checkpoint, failure: folding.stop } };
    }
    return {
      status: "progressed",
      range: { ...rest, checkpoint },
      caughtUp,
      parked: folding.parked.map(({ sequence }) => sequence),
    };
  }

  async retry(
    range: HeldRange,
    [{ parked, event: recorded }]: ParkedEvents,
  ): Promise<"handled" | "failed" | "fenced"> {
    const commit = {
      processor: this.processor,
      range: rangeKeyOf(range),
      checkpoint: range.checkpoint,
    };
    try {
      const read = readForView(this.#view, recorded);
      const changes: RowChange[] = [];
      if (read !== undefined) {
        const stored = await this.#states.readRows(this.#table, [read.key]);
        const row = foldRow(this.#view, stored.get(read.key)?.row, read.event);
        changes.push({ key: read.key, row, position: recorded.position });
        this.#rows.delete(read.key);
      }
      const result = await this.#states.commitProgress({
        ...commit,
        rows: { table: this.#table, changes },
        unpark: [{ sequence: parked.sequence, position: parked.position }],
      });
      if (result === "fenced") return "fenced";
      countHandled(this.#telemetry, this.name, { events: 1, failures: 0, retries: 0 });
      return "handled";
    } catch (error) {
      if (!isMillraceError(error) || error.code.startsWith("store-")) throw error;
      const failure = failureOf(
        error,
        recorded.position,
        (parked.failure?.attempts ?? 0) + 1,
        this.#clock.now(),
      );
      const result = await this.#states.commitProgress({
        ...commit,
        park: [{ sequence: parked.sequence, position: parked.position, failure }],
      });
      if (result === "fenced") return "fenced";
      countHandled(this.#telemetry, this.name, { events: 0, failures: 0, retries: 1 });
      return "failed";
    }
  }

  forget(): void {
    this.#rows.clear();
    this.#ahead.clear();
  }

  /** The page after the range's checkpoint: the one that was folded ahead, unless the range stands elsewhere now. */
  async #takeFolded(range: HeldRange, parked: ReadonlySet<string>): Promise<FoldedPage> {
    const { from, checkpoint } = range;
    const ahead = this.#ahead.get(from);
    this.#ahead.delete(from);
    if (ahead?.after !== checkpoint.position) {
      return this.#fold(await this.#readPage(checkpoint.position), range, parked);
    }
    // Other sequences are parked than when it was folded, or one was retried and has changed its row.
    return ahead.parked === parked ? ahead.folded : this.#fold(await ahead.page, range, parked);
  }

  /** Has the next page folded while this one is committed, on the rows as this one leaves them. */
  #goAhead(range: HeldRange, parked: ReadonlySet<string>, { page, next, rows }: FoldedPage): void {
    if (next === undefined) return;
    const folded = next.then((nextPage) => this.#fold(nextPage, range, parked, { before: rows }));
    // Whoever takes the page is told.
    folded.catch(() => {});
    this.#ahead.set(range.from, { after: page.through.position, parked, page: next, folded });
  }

  /** Folds a page on the rows as they are stored, or as `before` will leave them; writes nothing. */
  async #fold(
    page: LogPage,
    range: HeldRange,
    parked: ReadonlySet<string>,
    { before, suspected }: { readonly before?: KnownRows; readonly suspected?: ViewTable } = {},
  ): Promise<FoldedPage> {
    const next = page.events.length === pageSize ? this.#readPage(page.through.position) : undefined;
    next?.catch(() => {});
    const folding = new Folding(this.#view, range, parked, this.spread, this.#clock.now(), suspected);
    const read = folding.read(page.events);
    const current = await this.#rowsBefore(read, before);
    return { page, next, folding, rows: folding.fold(read, current) };
  }

  #readPage(after: number): Promise<LogPage> {
    return this.#events.readLog({ after, limit: pageSize, except: this.#except });
  }

  /** The rows that events mean, by key. */
  async #rowsBefore(read: readonly Readable[], before: KnownRows | undefined): Promise<KnownRows> {
    const rows: Map<string, KnownRow> = new Map();
    const missing = new Set<string>();
    for (const { key } of read) {
      if (key === undefined || rows.has(key)) continue;
      const known = before?.get(key) ?? this.#rows.get(key);
      if (known === undefined) missing.add(key);
      else rows.set(key, known);
    }
    if (missing.size === 0) return rows;
    const stored = await this.#states.readRows(this.#table, [...missing]);
    for (const key of missing) rows.set(key, { row: stored.get(key)?.row });
    return rows;
  }
}

/** Whether a page changes nothing but the checkpoint. */
function isIdle({ stop, parked }: Folding, rows: ReadonlyMap<string, RowChange>): boolean {
  return stop === undefined && parked.length === 0 && rows.size === 0;
}

function isUnstorable(error: unknown): boolean {
  return (
    isMillraceError(error, "text-refused") ||
    isMillraceError(error, "data-invalid") ||
    isMillraceError(error, "payload-too-large")
  );
}
