import type { Json } from "../message/json.ts";
import type { LogPoint } from "../message/log-point.ts";
import type { DiscardedEvent, ParkedEvent, ParkedSequence, ProcessingFailure } from "./parked-event.ts";
import type { ProcessorState, RangeKey } from "./processor-state.ts";
import type { RowPage, RowQuery, StoredRow, ViewTable } from "./view-table.ts";

/**
 * The state store: everything that follows from the log and can be thrown away and rebuilt from it (G10): the rows of
 * views, how far processors are, who owns which range of their work, what is parked, and snapshots of aggregates.
 *
 * All changes by `commitProgress` and `updateProcessor` are serializable transactions. Nothing here needs to survive
 * the loss of power as long as what one transaction wrote is lost or kept as a whole, in commit order.
 * Whoever asks by text that not every store can hold is told that there is nothing of that name.
 * After `close` every method rejects with `store-closed`.
 */
export interface StateStore {
  /** What `Progress.work` is handed, such as "kysely"; undefined where the store hands out no transactions. */
  readonly transactions: string | undefined;

  // Views

  /**
   * Makes the table and its indexes if they do not exist. Idempotent, also when several processes do it at once.
   * Rejects with `declaration-invalid` where the table is there with other fields.
   */
  createTable(table: ViewTable): Promise<void>;
  /**
   * Drops a table, if it is there; with `unlessRead`, only if nobody reads its version: see `announceReader`. Resolves with whether
   * it is gone.
   */
  dropTable(table: ViewTable, options?: { readonly unlessRead?: boolean }): Promise<boolean>;
  /**
   * Says that a process reads whichever table serves this version of a view, for the next so many milliseconds by the store's clock,
   * in place of what it said before; 0 takes it back.
   */
  announceReader(view: string, version: number, reader: string, forMs: number): Promise<void>;
  /** The tables that exist, of all views; `fields` in no particular order. */
  listTables(): Promise<readonly ViewTable[]>;
  /** The rows with these keys; a key without a row is absent from the map. */
  readRows(table: ViewTable, keys: readonly string[]): Promise<ReadonlyMap<string, StoredRow>>;
  /**
   * A page of rows and, read in the same instant, the checkpoint of the processor that writes them. Rejects with
   * `query-invalid` for a filter or sort on what is no field of the table.
   */
  queryRows(table: ViewTable, query: RowQuery): Promise<RowPage>;

  // Processors

  /**
   * Changes what is known of a processor: `change` sees the state and the time by the store's clock (epoch ms) and
   * returns the new state, or undefined to leave all as it is. Resolves with the state afterwards. Serialized against every other
   * update and commit of this processor; `change` must be pure, since it may run more than once.
   */
  updateProcessor(
    processor: string,
    change: (state: ProcessorState, now: number) => ProcessorState | undefined,
  ): Promise<ProcessorState>;
  /** Every processor that was ever updated, by name. */
  listProcessors(): Promise<ReadonlyMap<string, ProcessorState>>;
  /** Forgets a processor: its ranges, workers, parked and discarded events. */
  dropProcessor(processor: string): Promise<void>;

  /**
   * The one way in which a processor makes progress (G5): rows, parked events and checkpoint in one transaction, and
   * only if the range still has the owner, bounds and epoch given (whether its lease has run out does not matter as
   * long as nobody took it over). Otherwise nothing changes and the result is `fenced`. Rejects with what `work` rejects with as the
   * cause, and with `configuration-invalid` for work where the store hands out no transactions; then nothing changes. With
   * `outcome-unknown` where nobody can tell whether work was committed: the state tells, once it is read again.
   */
  commitProgress(progress: Progress): Promise<"committed" | "fenced">;

  // Parked events

  /** The parked events of a processor, by position: of one sequence or of all. */
  listParked(
    processor: string,
    options?: { readonly sequence?: string; readonly limit?: number },
  ): Promise<readonly ParkedEvent[]>;
  /** The parked sequences of a processor, in code point order, from the one after `after`. */
  listParkedSequences(
    processor: string,
    options?: { readonly after?: string; readonly limit?: number },
  ): Promise<readonly ParkedSequence[]>;
  /**
   * Has the first event of a parked sequence tried again at once by the range's owner; if that succeeds, the events
   * behind it follow in order. Resolves with whether there was such a sequence.
   */
  requestRetry(processor: string, sequence: string): Promise<boolean>;
  /** Removes the first event of a sequence, recording the reason. Resolves with whether it was the first. */
  discardParked(processor: string, sequence: string, position: number, reason: string): Promise<boolean>;
  /** What was discarded, latest first, at most 1,000. */
  listDiscarded(processor: string): Promise<readonly DiscardedEvent[]>;

  // Snapshots

  /** Keeps the latest snapshot of a stream per state version; an older one than the kept one is ignored. */
  saveSnapshot(snapshot: Snapshot): Promise<void>;
  /** The snapshot of a stream whose state version is exactly this. */
  loadSnapshot(stream: string, stateVersion: number): Promise<Snapshot | undefined>;

  /** Resolves once the processor's state changed in this process since the call, or the signal aborts; a hint only. */
  waitForProgress(processor: string, signal: AbortSignal): Promise<void>;

  close(): Promise<void>;
}

/** One transaction of a processor on one range. */
export interface Progress {
  readonly processor: string;
  readonly range: RangeKey;
  /** What the range has handled once this is committed; never behind what is stored. */
  readonly checkpoint: LogPoint;
  readonly rows?: { readonly table: ViewTable; readonly changes: readonly RowChange[] };
  /** Events to park; one that is parked already (same processor, sequence, position) is replaced. */
  readonly park?: readonly ParkedEvent[];
  /** Parked events that were handled after all; one that is in `park` too is not parked. */
  readonly unpark?: readonly { readonly sequence: string; readonly position: number }[];
  /** Work of the caller's own in the same transaction, which is handed to it; called again where the transaction is tried again. */
  readonly work?: (transaction: unknown) => Promise<void>;
  /** Why the range stands still, or null once it goes on again; absent leaves it as it is. */
  readonly failure?: ProcessingFailure | null;
}

export interface RowChange {
  readonly key: string;
  /** Undefined removes the row. */
  readonly row: Readonly<Record<string, Json>> | undefined;
  /** The position of the last event that was folded into the row. */
  readonly position: number;
}

/** The state of an aggregate at a version, so that loading does not start from the first event. */
export interface Snapshot {
  readonly stream: string;
  readonly stateVersion: number;
  /** The version of the last event that was folded in. */
  readonly version: number;
  readonly state: Json;
}
