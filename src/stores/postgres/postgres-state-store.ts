import { isStorableText, type Json, requireStorableText, toStorableJson } from "../../message/json.ts";
import type { DiscardedEvent, ParkedEvent, ParkedSequence } from "../../ports/parked-event.ts";
import type { ProcessorState } from "../../ports/processor-state.ts";
import type { Progress, Snapshot, StateStore } from "../../ports/state-store.ts";
import { Turns } from "../../ports/turns.ts";
import type { RowPage, RowQuery, StoredRow, ViewTable } from "../../ports/view-table.ts";
import { type OpenGate, openGate } from "../foundation/open-gate.ts";
import { ProgressBells } from "../foundation/progress-bells.ts";
import { commitProgress, commitWithWork } from "./commit-progress.ts";
import type { Database, Session } from "./database.ts";
import {
  discardParked,
  listDiscarded,
  listParked,
  listParkedSequences,
  requestRetry,
} from "./parked-rows.ts";
import { deleteProcessor, listProcessors } from "./processor-rows.ts";
import { ProcessorUpdates } from "./processor-updates.ts";
import { kyselyTransactions } from "./projection.ts";
import { queryRows, toStoredRow, type ViewRow } from "./query-rows.ts";
import { quotedTable } from "./view-table-names.ts";
import { announceReader, dropTable, hasTable, listTables, makeTableSql } from "./view-tables.ts";

/** Views, processors, parked events and snapshots in the tables beside the log. */
export class PostgresStateStore implements StateStore {
  readonly transactions = kyselyTransactions;
  readonly #database: Database;
  readonly #schema: string;
  readonly #gate: OpenGate;
  readonly #bells = new ProgressBells();
  readonly #updates: ProcessorUpdates;
  /** By range, so that its commits arrive in order although they travel on several connections. */
  readonly #commits = new Turns();

  constructor(database: Database, schema: string) {
    this.#database = database;
    this.#schema = schema;
    this.#updates = new ProcessorUpdates(database);
    this.#gate = openGate(database.name);
  }

  createTable(table: ViewTable): Promise<void> {
    return this.#gate.pass(async () => {
      // Mostly it is there, and a look takes no lock and no right to make anything.
      if (await hasTable(this.#database, table)) return;
      await this.#database.all(makeTableSql(table));
    });
  }

  dropTable(table: ViewTable, { unlessRead = false } = {}): Promise<boolean> {
    return this.#gate.pass(() => dropTable(this.#database, table, unlessRead));
  }

  announceReader(view: string, version: number, reader: string, forMs: number): Promise<void> {
    return this.#gate.pass(() => announceReader(this.#database, view, version, reader, forMs));
  }

  listTables(): Promise<readonly ViewTable[]> {
    return this.#gate.pass(() => listTables(this.#database));
  }

  readRows(table: ViewTable, keys: readonly string[]): Promise<ReadonlyMap<string, StoredRow>> {
    return this.#gate.pass(async () => {
      const rows = await this.#database.all<ViewRow>(
        `SELECT key, "row", position FROM ${quotedTable(table)} WHERE key = ANY ($1)`,
        [keys.filter(isStorableText)],
      );
      return new Map(rows.map((row) => [row.key, toStoredRow(row)]));
    });
  }

  queryRows(table: ViewTable, query: RowQuery): Promise<RowPage> {
    return this.#gate.pass(() => queryRows(this.#database, table, query));
  }

  async updateProcessor(
    processor: string,
    change: (state: ProcessorState, now: number) => ProcessorState | undefined,
  ): Promise<ProcessorState> {
    requireStorableText(processor, "The processor");
    let isChanged = false;
    const after = await this.#gate.pass(() =>
      this.#updates.make(processor, (state, now) => {
        const changed = change(state, now);
        isChanged = changed !== undefined;
        return changed;
      }),
    );
    if (isChanged) this.#bells.ring(processor);
    return after;
  }

  listProcessors(): Promise<ReadonlyMap<string, ProcessorState>> {
    return this.#gate.pass(() => listProcessors(this.#database));
  }

  async dropProcessor(processor: string): Promise<void> {
    await this.#change((session) => deleteProcessor(session, processor), { repeatable: true });
    this.#bells.ring(processor);
  }

  async commitProgress(progress: Progress): Promise<"committed" | "fenced"> {
    const { processor, range } = progress;
    const result = await this.#gate.pass(() =>
      this.#commits.take(`${range.from} ${processor}`, () =>
        progress.work === undefined
          ? commitProgress(this.#database, progress)
          : commitWithWork(this.#database, this.#schema, progress, progress.work),
      ),
    );
    if (result === "committed") this.#bells.ring(processor);
    return result;
  }

  listParked(
    processor: string,
    options: { readonly sequence?: string; readonly limit?: number } = {},
  ): Promise<readonly ParkedEvent[]> {
    return this.#gate.pass(async () =>
      isStorableText(processor) && isStorableText(options.sequence ?? "")
        ? listParked(this.#database, processor, options)
        : [],
    );
  }

  listParkedSequences(
    processor: string,
    options: { readonly after?: string; readonly limit?: number } = {},
  ): Promise<readonly ParkedSequence[]> {
    return this.#gate.pass(async () =>
      isStorableText(processor) && isStorableText(options.after ?? "")
        ? listParkedSequences(this.#database, processor, options)
        : [],
    );
  }

  async requestRetry(processor: string, sequence: string): Promise<boolean> {
    const found = await this.#gate.pass(
      async () => isStorableText(sequence) && requestRetry(this.#database, processor, sequence),
    );
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
    const found = await this.#change(
      async (session) =>
        isStorableText(sequence) && discardParked(session, processor, { sequence, position, reason }),
    );
    if (found) this.#bells.ring(processor);
    return found;
  }

  listDiscarded(processor: string): Promise<readonly DiscardedEvent[]> {
    return this.#gate.pass(() => listDiscarded(this.#database, processor));
  }

  saveSnapshot({ stream, stateVersion, version, state }: Snapshot): Promise<void> {
    return this.#gate.pass(async () => {
      const text = toStorableJson(state, `The state of ${stream}`);
      requireStorableText(stream, "The stream");
      await this.#database.all(
        `INSERT INTO @snapshots AS s (stream, state_version, version, state) VALUES ($1, $2, $3, $4)
        ON CONFLICT (stream, state_version) DO UPDATE SET version = excluded.version, state = excluded.state
        WHERE excluded.version > s.version`,
        [stream, stateVersion, version, text],
        { brief: true },
      );
    });
  }

  loadSnapshot(stream: string, stateVersion: number): Promise<Snapshot | undefined> {
    return this.#gate.pass(async () => {
      if (!isStorableText(stream)) return undefined;
      const [row] = await this.#database.all<{ readonly version: number; readonly state: string }>(
        "SELECT version, state FROM @snapshots WHERE stream = $1 AND state_version = $2",
        [stream, stateVersion],
        { brief: true },
      );
      return row && { stream, stateVersion, version: row.version, state: JSON.parse(row.state) as Json };
    });
  }

  waitForProgress(processor: string, signal: AbortSignal): Promise<void> {
    return this.#gate.passes ? this.#bells.wait(processor, signal) : this.#gate.pass(async () => {});
  }

  async close(): Promise<void> {
    await this.#gate.shut();
    this.#bells.close();
  }

  #change<Result>(
    work: (session: Session) => Promise<Result>,
    options: { readonly repeatable?: boolean } = {},
  ): Promise<Result> {
    return this.#gate.pass(() => this.#database.transaction(work, options));
  }
}
