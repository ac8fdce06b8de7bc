import { MillraceError } from "../../errors/millrace-error.ts";
import { type Json, requireStorableText, toStorableJson } from "../../message/json.ts";
import { compareText } from "../../message/text-order.ts";
import type { Clock } from "../../ports/clock.ts";
import type { DiscardedEvent, ParkedEvent, ParkedSequence } from "../../ports/parked-event.ts";
import { type ProcessorState, unstartedProcessor } from "../../ports/processor-state.ts";
import type { Progress, Snapshot, StateStore } from "../../ports/state-store.ts";
import { storableRow } from "../../ports/storable-row.ts";
import {
  processorOfTable,
  type Row,
  type RowPage,
  type RowQuery,
  type StoredRow,
  type ViewTable,
} from "../../ports/view-table.ts";
import { requireSameFields } from "../foundation/indexed-field.ts";
import { noTransactions } from "../foundation/no-transactions.ts";
import { Doorbell } from "./doorbell.ts";
import { frozen } from "./frozen.ts";
import { pageOf } from "./row-page.ts";

const maxDiscardedListed = 1000;

/** State in maps. A change happens within one call, so that transactions never overlap. */
export class MemoryStateStore implements StateStore {
  readonly transactions = undefined;
  readonly #clock: Clock;
  readonly #tables = new Map<string, { readonly table: ViewTable; readonly rows: Map<string, StoredRow> }>();
  /** By version of a view: until when each reader reads it. */
  readonly #readers = new Map<string, Map<string, number>>();
  readonly #processors = new Map<string, ProcessorState>();
  readonly #parked = new Map<string, ParkedEvent[]>();
  readonly #discarded = new Map<string, DiscardedEvent[]>();
  readonly #snapshots = new Map<string, Snapshot>();
  readonly #doorbells = new Map<string, Doorbell>();
  #closed = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async createTable(table: ViewTable): Promise<void> {
    this.#requireOpen();
    const name = processorOfTable(table);
    const known = this.#tables.get(name)?.table;
    if (known === undefined) {
      this.#tables.set(name, { table: frozen(structuredClone(table)), rows: new Map() });
    } else requireSameFields(table, known.fields);
  }

  async dropTable(table: ViewTable, { unlessRead = false } = {}): Promise<boolean> {
    this.#requireOpen();
    const readers = this.#readers.get(versionOf(table.view, table.version)) ?? new Map();
    if (unlessRead && [...readers.values()].some((until) => until > this.#clock.now())) return false;
    this.#tables.delete(processorOfTable(table));
    return true;
  }

  async announceReader(view: string, version: number, reader: string, forMs: number): Promise<void> {
    this.#requireOpen();
    const name = versionOf(view, version);
    const readers = this.#readers.get(name) ?? new Map();
    readers.set(reader, this.#clock.now() + forMs);
    this.#readers.set(name, readers);
  }

  async listTables(): Promise<readonly ViewTable[]> {
    this.#requireOpen();
    return [...this.#tables.values()].map(({ table }) => table);
  }

  async readRows(table: ViewTable, keys: readonly string[]): Promise<ReadonlyMap<string, StoredRow>> {
    const rows = this.#rowsOf(table);
    const found = keys.flatMap((key) => rows.get(key) ?? []);
    return new Map(found.map((row) => [row.key, row]));
  }

  async queryRows(table: ViewTable, query: RowQuery): Promise<RowPage> {
    const ranges = this.#processors.get(processorOfTable(table))?.ranges ?? [];
    const [first, ...others] = ranges.map((range) => range.checkpoint);
    const checkpoint = others.reduce(
      (low, point) => (low !== undefined && point.position >= low.position ? low : point),
      first,
    );
    return { ...pageOf(table, [...this.#rowsOf(table).values()], query), checkpoint };
  }

  async updateProcessor(
    processor: string,
    change: (state: ProcessorState, now: number) => ProcessorState | undefined,
  ): Promise<ProcessorState> {
    this.#requireOpen();
    requireStorableText(processor, "The processor");
    const before = this.#processors.get(processor) ?? unstartedProcessor;
    const after = change(before, this.#clock.now());
    if (after === undefined) return before;
    const kept = frozen(structuredClone(after));
    this.#processors.set(processor, kept);
    this.#ring(processor);
    return kept;
  }

  async listProcessors(): Promise<ReadonlyMap<string, ProcessorState>> {
    this.#requireOpen();
    return new Map([...this.#processors].sort(([a], [b]) => compareText(a, b)));
  }

  async dropProcessor(processor: string): Promise<void> {
    this.#requireOpen();
    this.#processors.delete(processor);
    this.#parked.delete(processor);
    this.#discarded.delete(processor);
  }

  async commitProgress(progress: Progress): Promise<"committed" | "fenced"> {
    if (progress.work !== undefined) throw noTransactions("memory");
    this.#requireOpen();
    const { processor, range: held, checkpoint, rows, park = [], unpark = [], failure } = progress;
    const state = this.#processors.get(processor);
    const range = state?.ranges.find(
      ({ from, to, owner, epoch }) =>
        from === held.from && to === held.to && owner === held.owner && epoch === held.epoch,
    );
    if (state === undefined || range === undefined) return "fenced";
    const table = rows === undefined ? undefined : this.#rowsOf(rows.table);
    for (const { sequence } of park) requireStorableText(sequence, "The sequence");
    const changes = (rows?.changes ?? []).map(({ key, row, position }) => {
      const json = rows === undefined || row === undefined ? undefined : storableRow(rows.table, key, row);
      return { key, row: json === undefined ? undefined : (JSON.parse(json) as Row), position };
    });
    const named = (events: readonly Pick<ParkedEvent, "sequence" | "position">[]) => {
      const names = new Set(events.map(({ sequence, position }) => `${position} ${sequence}`));
      return ({ sequence, position }: ParkedEvent) => names.has(`${position} ${sequence}`);
    };
    for (const { key, row, position } of changes) {
      if (row === undefined) table?.delete(key);
      else table?.set(key, frozen({ key, row, position }));
    }
    const [replaced, handled] = [named(park), named(unpark)];
    const stay = (this.#parked.get(processor) ?? []).filter((event) => !replaced(event));
    const parked = [...stay, ...frozen(structuredClone(park))].filter((event) => !handled(event));
    this.#parked.set(processor, parked.sort(byPosition));
    const { failure: before, ...rest } = range;
    const next = failure === undefined ? before : (failure ?? undefined);
    const moved = structuredClone({ ...rest, checkpoint, ...(next === undefined ? {} : { failure: next }) });
    const ranges = state.ranges.map((other) => (other === range ? moved : other));
    this.#processors.set(processor, frozen({ ...state, ranges }));
    this.#ring(processor);
    return "committed";
  }

  async listParked(
    processor: string,
    { sequence, limit }: { readonly sequence?: string; readonly limit?: number } = {},
  ): Promise<readonly ParkedEvent[]> {
    this.#requireOpen();
    return this.#parkedOf(processor, sequence).slice(0, limit);
  }

  async listParkedSequences(
    processor: string,
    { after = "", limit }: { readonly after?: string; readonly limit?: number } = {},
  ): Promise<readonly ParkedSequence[]> {
    this.#requireOpen();
    const sequences = new Map<string, ParkedSequence>();
    for (const first of this.#parkedOf(processor)) {
      const { sequence } = first;
      const known = sequences.get(sequence) ?? { sequence, events: 0, first };
      sequences.set(sequence, { ...known, events: known.events + 1 });
    }
    return [...sequences.values()]
      .filter(({ sequence }) => compareText(sequence, after) > 0)
      .sort((one, other) => compareText(one.sequence, other.sequence))
      .slice(0, limit);
  }

  async requestRetry(processor: string, sequence: string): Promise<boolean> {
    this.#requireOpen();
    const [first] = this.#parkedOf(processor, sequence);
    if (first === undefined) return false;
    const parked = this.#parked.get(processor) ?? [];
    this.#parked.set(
      processor,
      parked.map((event) => (event === first ? frozen({ ...event, retryAt: 0 }) : event)),
    );
    this.#ring(processor);
    return true;
  }

  async discardParked(
    processor: string,
    sequence: string,
    position: number,
    reason: string,
  ): Promise<boolean> {
    this.#requireOpen();
    requireStorableText(reason, "The reason");
    const [first] = this.#parkedOf(processor, sequence);
    if (first === undefined || first.position !== position) return false;
    this.#parked.set(
      processor,
      (this.#parked.get(processor) ?? []).filter((event) => event !== first),
    );
    const discarded = frozen({ sequence, position, reason, at: this.#clock.now() });
    this.#discarded.set(processor, [discarded, ...(this.#discarded.get(processor) ?? [])]);
    this.#ring(processor);
    return true;
  }

  async listDiscarded(processor: string): Promise<readonly DiscardedEvent[]> {
    this.#requireOpen();
    return (this.#discarded.get(processor) ?? []).slice(0, maxDiscardedListed);
  }

  async saveSnapshot(snapshot: Snapshot): Promise<void> {
    this.#requireOpen();
    const state = copyOf(snapshot.state, `The state of ${snapshot.stream}`);
    const key = `${snapshot.stateVersion}:${snapshot.stream}`;
    const kept = this.#snapshots.get(key);
    if (kept === undefined || kept.version < snapshot.version)
      this.#snapshots.set(key, frozen({ ...snapshot, state }));
  }

  async loadSnapshot(stream: string, stateVersion: number): Promise<Snapshot | undefined> {
    this.#requireOpen();
    return this.#snapshots.get(`${stateVersion}:${stream}`);
  }

  async waitForProgress(processor: string, signal: AbortSignal): Promise<void> {
    this.#requireOpen();
    const doorbell = this.#doorbells.get(processor) ?? new Doorbell();
    this.#doorbells.set(processor, doorbell);
    await doorbell.wait(signal);
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const doorbell of this.#doorbells.values()) doorbell.ring();
  }

  #ring(processor: string): void {
    this.#doorbells.get(processor)?.ring();
  }

  #parkedOf(processor: string, sequence?: string): readonly ParkedEvent[] {
    const parked = this.#parked.get(processor) ?? [];
    return sequence === undefined ? parked : parked.filter((event) => event.sequence === sequence);
  }

  #rowsOf(table: ViewTable): Map<string, StoredRow> {
    this.#requireOpen();
    const found = this.#tables.get(processorOfTable(table));
    if (found !== undefined) return found.rows;
    throw new MillraceError("store-unavailable", `There is no table for ${processorOfTable(table)}.`, {
      data: { table },
    });
  }

  #requireOpen(): void {
    if (this.#closed) throw new MillraceError("store-closed", "The memory store was closed.");
  }
}

/** A copy, so that what the caller later does to its objects changes nothing here. */
function copyOf(value: Json, what: string): Json {
  return JSON.parse(toStorableJson(value, what)) as Json;
}

function byPosition(a: ParkedEvent, b: ParkedEvent): number {
  return a.position - b.position || compareText(a.sequence, b.sequence);
}

function versionOf(view: string, version: number): string {
  return `${view}@${version}`;
}
