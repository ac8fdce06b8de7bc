import type { Json } from "../../message/json.ts";
import { requireStorableText, toStorableJson } from "../../message/json.ts";
import type { Clock } from "../../ports/clock.ts";
import type { DiscardedEvent, ParkedEvent, ParkedSequence } from "../../ports/parked-event.ts";
import type { ProcessorState } from "../../ports/processor-state.ts";
import type { Progress, Snapshot, StateStore } from "../../ports/state-store.ts";
import {
  processorOfTable,
  type Row,
  type RowPage,
  type RowQuery,
  type StoredRow,
  type ViewTable,
} from "../../ports/view-table.ts";
import { noTransactions } from "../foundation/no-transactions.ts";
import { type OpenGate, openGate } from "../foundation/open-gate.ts";
import { ProgressBells } from "../foundation/progress-bells.ts";
import { commitProgress } from "./commit-progress.ts";
import type { Connection } from "./connection.ts";
import {
  discardParked,
  listDiscarded,
  listParked,
  listParkedSequences,
  requestRetry,
} from "./parked-rows.ts";
import { deleteProcessor, lowestCheckpoint, readProcessor, writeProcessor } from "./processor-rows.ts";
import { queryRows, type ViewRow } from "./query-rows.ts";
import { quotedTable } from "./view-table-names.ts";
import { announceReader, createTable, dropTable, hasTable, listTables } from "./view-tables.ts";

/** Views, processors, parked events and snapshots in the tables beside the log. */
export class SqliteStateStore implements StateStore {
  readonly transactions = undefined;
  readonly #connection: Connection;
  readonly #clock: Clock;
  readonly #gate: OpenGate;
  readonly #bells = new ProgressBells();

  constructor(connection: Connection, clock: Clock) {
    this.#connection = connection;
    this.#clock = clock;
    this.#gate = openGate(connection.path);
  }

  async createTable(table: ViewTable): Promise<void> {
    // Mostly it is there, and a look takes no lock.
    if (await this.#read((connection) => hasTable(connection, table))) return;
    await this.#write((connection) => createTable(connection, table));
  }

  dropTable(table: ViewTable, { unlessRead = false } = {}): Promise<boolean> {
    return this.#write((connection) =>
      dropTable(connection, table, unlessRead ? this.#clock.now() : undefined),
    );
  }

  async announceReader(view: string, version: number, reader: string, forMs: number): Promise<void> {
    await this.#write((connection) =>
      announceReader(connection, { view, version, reader }, this.#clock.now(), forMs),
    );
  }

  listTables(): Promise<readonly ViewTable[]> {
    return this.#read(listTables);
  }

  readRows(table: ViewTable, keys: readonly string[]): Promise<ReadonlyMap<string, StoredRow>> {
    return this.#read((connection) => {
      const name = quotedTable(table);
      const rows =
        keys.length === 1
          ? connection
              .sql(`SELECT key, row, position FROM ${name} WHERE key = ?`)
              .all<ViewRow>(keys[0] as string)
          : connection
              .sql(`SELECT key, row, position FROM ${name} WHERE key IN (SELECT value FROM json_each(?))`)
              .all<ViewRow>(JSON.stringify(keys));
      return new Map(rows.map((row) => [row.key, toStoredRow(row)]));
    });
  }

  queryRows(table: ViewTable, query: RowQuery): Promise<RowPage> {
    return this.#read((connection) =>
      connection.transaction("deferred", () => {
        const rows = queryRows(connection, table, query);
        return {
          rows: rows.slice(0, query.limit).map(toStoredRow),
          more: rows.length > query.limit,
          checkpoint: lowestCheckpoint(connection, processorOfTable(table)),
        };
      }),
    );
  }

  async updateProcessor(
    processor: string,
    change: (state: ProcessorState, now: number) => ProcessorState | undefined,
  ): Promise<ProcessorState> {
    requireStorableText(processor, "The processor");
    // Most calls find nothing to do, and a look takes no lock from those who write.
    const seen = await this.#read((connection) =>
      connection.transaction("deferred", () => readProcessor(connection, processor)),
    );
    if (change(seen, this.#clock.now()) === undefined) return seen;
    const [state, changed] = await this.#write((connection) => {
      const before = readProcessor(connection, processor);
      const after = change(before, this.#clock.now());
      if (after !== undefined) writeProcessor(connection, processor, after);
      return [after ?? before, after !== undefined] as const;
    });
    if (changed) this.#bells.ring(processor);
    return state;
  }

  listProcessors(): Promise<ReadonlyMap<string, ProcessorState>> {
    return this.#read((connection) =>
      connection.transaction("deferred", () => {
        const names = connection
          .sql("SELECT name FROM processors ORDER BY name")
          .all<{ readonly name: string }>();
        return new Map(names.map(({ name }) => [name, readProcessor(connection, name)]));
      }),
    );
  }

  async dropProcessor(processor: string): Promise<void> {
    await this.#write((connection) => deleteProcessor(connection, processor));
    this.#bells.ring(processor);
  }

  async commitProgress(progress: Progress): Promise<"committed" | "fenced"> {
    if (progress.work !== undefined) throw noTransactions("sqlite");
    const result = await this.#write((connection) => commitProgress(connection, progress));
    if (result === "committed") this.#bells.ring(progress.processor);
    return result;
  }

  listParked(
    processor: string,
    options?: { readonly sequence?: string; readonly limit?: number },
  ): Promise<readonly ParkedEvent[]> {
    return this.#read((connection) => listParked(connection, processor, options));
  }

  listParkedSequences(
    processor: string,
    options?: { readonly after?: string; readonly limit?: number },
  ): Promise<readonly ParkedSequence[]> {
    return this.#read((connection) => listParkedSequences(connection, processor, options));
  }

  async requestRetry(processor: string, sequence: string): Promise<boolean> {
    const found = await this.#write((connection) => requestRetry(connection, processor, sequence));
    if (found) this.#bells.ring(processor);
    return found;
  }

  async discardParked(
    processor: string,
    sequence: string,
    position: number,
    reason: string,
  ): Promise<boolean> {
    requireStorableText(reason, "The reason");
    const at = this.#clock.now();
    const found = await this.#write((connection) =>
      discardParked(connection, processor, { sequence, position, reason, at }),
    );
    if (found) this.#bells.ring(processor);
    return found;
  }

  listDiscarded(processor: string): Promise<readonly DiscardedEvent[]> {
    return this.#read((connection) => listDiscarded(connection, processor));
  }

  async saveSnapshot({ stream, stateVersion, version, state }: Snapshot): Promise<void> {
    const text = toStorableJson(state, `The state of ${stream}`);
    await this.#write((connection) => {
      connection
        .sql(`
          INSERT INTO snapshots (stream, state_version, version, state) VALUES (?, ?, ?, ?)
          ON CONFLICT (stream, state_version) DO UPDATE SET version = excluded.version, state = excluded.state
          WHERE excluded.version > snapshots.version`)
        .run(stream, stateVersion, version, text);
    });
  }

  loadSnapshot(stream: string, stateVersion: number): Promise<Snapshot | undefined> {
    return this.#read((connection) => {
      const row = connection
        .sql("SELECT version, state FROM snapshots WHERE stream = ? AND state_version = ?")
        .get<{ readonly version: number; readonly state: string }>(stream, stateVersion);
      return row === undefined
        ? undefined
        : { stream, stateVersion, version: row.version, state: JSON.parse(row.state) as Json };
    });
  }

  waitForProgress(processor: string, signal: AbortSignal): Promise<void> {
    return this.#gate.passes ? this.#bells.wait(processor, signal) : this.#gate.pass(async () => {});
  }

  async close(): Promise<void> {
    await this.#gate.shut();
    this.#bells.close();
    this.#connection.close();
  }

  #read<Result>(work: (connection: Connection) => Result): Promise<Result> {
    return this.#gate.pass(() => this.#connection.whenFree(() => work(this.#connection)));
  }

  #write<Result>(work: (connection: Connection) => Result): Promise<Result> {
    return this.#read((connection) => connection.transaction("immediate", () => work(connection)));
  }
}

function toStoredRow({ key, row, position }: ViewRow): StoredRow {
  return { key, row: JSON.parse(row) as Row, position };
}
