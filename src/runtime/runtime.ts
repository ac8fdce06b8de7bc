import type { AnyState } from "../domain/fold.ts";
import type { ServiceDefinition } from "../domain/service.ts";
import type { RecordedEvent } from "../message/event.ts";
import type { LogPoint } from "../message/log-point.ts";
import type { Metadata } from "../message/metadata.ts";
import type { FeedSource } from "../ports/feed-source.ts";
import type { DiscardedEvent, ParkedEvent, ParkedSequence } from "../ports/parked-event.ts";
import type { ProcessorState } from "../ports/processor-state.ts";
import type { RowFilter, RowQuery, StoredRow } from "../ports/view-table.ts";
import type { DrainReport, DrainRequest } from "./drain.ts";

/** The parts of a service that can be scaled apart; the relay gives others what it publishes. */
export const everyRole = ["command", "query", "processor", "relay"] as const;

export type Role = (typeof everyRole)[number];

/** A running service, as hosts and the HTTP interface see it: everything that can be asked of it. */
export interface Runtime {
  readonly service: ServiceDefinition;
  readonly roles: ReadonlySet<Role>;
  readonly commands: CommandSide;
  readonly queries: QuerySide;
  readonly operations: Operations;
  /** What the service publishes. */
  readonly feed: FeedSource;
  /**
   * Does what there is to do for processors, then leaves: for where nothing may run on by itself, such as a function that a schedule or
   * a queue calls. Claims leases, works until all are caught up or the time is over, commits, gives the leases back; drains
   * that overlap share the work and do no harm. Rejects with `processor-not-found`, and with what stores reject with.
   */
  drain(request: DrainRequest): Promise<DrainReport>;
  /** Finishes accepted commands, stops processors, gives back their leases. The stores stay open. Idempotent. */
  stop(): Promise<void>;
}

/** A running service as those see it who use some of what can be asked of it. */
export type Running<K extends keyof Runtime> = Pick<Runtime, "service" | K>;

// The command side

export interface CommandSide {
  /**
   * Handles one command: validates, loads, decides, appends; resolves once its events are durable (G1). Exactly once
   * per command id (G4). Rejects with `data-invalid`, `aggregate-not-found`, `aggregate-exists`, `version-mismatch`,
   * `conflict`, `command-id-reused`, `causation-too-deep`, `domain-threw`, `overloaded`, `event-type-unknown` and what
   * the store rejects with; a refusal is an outcome.
   */
  handle(request: CommandRequest): Promise<CommandOutcome>;
  /**
   * Handles an event-shaped request: maps `body` to a command by the aggregate's `acceptsEvents` and handles that.
   * Rejects with `method-not-allowed` where the aggregate takes none.
   */
  handleEvent(request: EventRequest): Promise<CommandOutcome>;
  /** The aggregate folded from its stream, strongly consistent; at an earlier version or time if asked. */
  load(
    aggregate: string,
    aggregateId: string,
    at?: { readonly version: number } | { readonly time: number },
  ): Promise<LoadedAggregate>;
  /** Its history in version order, upcast to the current versions; `aggregate-not-found` where there is none. */
  history(
    aggregate: string,
    aggregateId: string,
    page: { readonly from: number; readonly limit: number },
  ): Promise<readonly RecordedEvent[]>;
  /** The names of the commands that the aggregate would be offered now; for one that does not exist, the creating ones. */
  offered(aggregate: string, aggregateId: string): Promise<readonly string[]>;
}

export interface CommandRequest {
  readonly aggregate: string;
  /** Absent for a creating command: the aggregate's id then follows from the command's. */
  readonly aggregateId?: string;
  readonly type: string;
  readonly data: unknown;
  /** A key that the caller chose, scoped by actor. */
  readonly idempotencyKey?: string;
  /** A command id that is unique as it is, such as one derived from an event; excludes `idempotencyKey`. */
  readonly commandId?: string;
  /**
   * What the caller requires: a version, `none` (there is no such aggregate) or `exists` (at whatever version); a mismatch is
   * `version-mismatch` and is not retried.
   */
  readonly expectedVersion?: number | "none" | "exists";
  readonly metadata?: Partial<Metadata>;
}

/** A request that says what happened, and leaves it to the aggregate which command that is. */
export type EventRequest = Omit<CommandRequest, "type" | "data" | "aggregateId"> & {
  readonly aggregateId: string;
  readonly body: unknown;
};

export type CommandOutcome = Accepted | RefusedCommand;

export interface Accepted {
  readonly status: "accepted";
  /** Whether this is the result of an earlier command with the same id. */
  readonly repeated: boolean;
  readonly commandId: string;
  readonly aggregateId: string;
  /** The stream's version after this command's events. */
  readonly version: number;
  readonly stateVersion: number;
  readonly events: readonly RecordedEvent[];
  /** The state after this command's events. */
  readonly state: AnyState;
  /** A token of this point proves that a view includes this command's events (G8). */
  readonly point: LogPoint;
}

export interface RefusedCommand {
  readonly status: "refused";
  readonly repeated: boolean;
  readonly commandId: string;
  readonly code: string;
  readonly detail: string;
}

export interface LoadedAggregate {
  readonly aggregateId: string;
  readonly state: AnyState;
  /** The version folded up to; at least 1. */
  readonly version: number;
  readonly stateVersion: number;
}

// The query side

export interface QuerySide {
  /** Rows of a view. Rejects with `view-not-found`, `query-invalid`, and with what `Freshness` says. */
  rows(view: string, request: RowsRequest): Promise<RowsAnswer>;
  /** One row; undefined where the view has none with this key, or none that `filters` let through. */
  row(view: string, key: string, request: Pick<RowsRequest, "filters" | "freshness">): Promise<RowAnswer>;
  /**
   * Changes of a view from a point on, until the signal aborts: after each step of the view the rows that it touched, as they
   * are now. Resuming after a point that was given may repeat a change, never lose one.
   */
  changes(view: string, request: ChangesRequest): AsyncIterable<ViewChanges>;
}

export interface RowsRequest extends Pick<RowQuery, "filters" | "sort"> {
  /** 1 to 1,000. */
  readonly limit: number;
  /** The `next` of an earlier answer to the same query; anything else is `query-invalid`. */
  readonly cursor?: string;
  readonly freshness?: Freshness;
}

/**
 * How fresh the answer must be (G8). A token of a log that went another way is `log-diverged`; a view that does not include the
 * token's point in time is `view-lagging`, unless `lenient`; one that never caught up is `view-building`;
 * one that has parked what the token covers is `view-parked`.
 */
export interface Freshness {
  readonly token?: string;
  /** How long to wait for the view, in milliseconds. Default 2,000. */
  readonly waitMs?: number;
  /** Answer with what is there when the time is over. */
  readonly lenient?: boolean;
}

export interface RowsAnswer {
  readonly rows: readonly StoredRow[];
  /** Continues after the last row; absent on the last page. */
  readonly next?: string;
  readonly point: LogPoint;
  /** False only for a lenient request whose token was not reached. */
  readonly fresh: boolean;
}

export interface RowAnswer {
  readonly row: StoredRow | undefined;
  readonly point: LogPoint;
  readonly fresh: boolean;
}

export interface ChangesRequest {
  /** Begin after this point; absent: now. */
  readonly after?: LogPoint;
  /** Only this row. */
  readonly key?: string;
  readonly filters: readonly RowFilter[];
  readonly signal: AbortSignal;
}

export interface ViewChanges {
  /** Resume after this point: what was told since may be told again, and nothing is left out. */
  readonly point: LogPoint;
  /** Each touched row as it is now; undefined where it is gone or the filters no longer let it through. */
  readonly rows: readonly { readonly key: string; readonly row: StoredRow | undefined }[];
}

// Operations

export interface Operations {
  /** Whether this process can do its work: `ready` is true when every check passes. */
  health(): Promise<Health>;
  processors(): Promise<readonly ProcessorReport[]>;
  /** Each rejects with `processor-not-found`, naming those that exist. */
  pause(processor: string): Promise<void>;
  resume(processor: string): Promise<void>;
  /**
   * For a view, starts to build its next generation beside the one that serves (G9); for a subscription, reads the feed from its
   * beginning, and passes over what is known.
   */
  rebuild(processor: string): Promise<void>;
  parked(processor?: string): Promise<readonly ParkedReport[]>;
  /** A parked sequence with its events and payloads; `parked-not-found`. */
  parkedSequence(processor: string, sequence: string): Promise<readonly ParkedEventReport[]>;
  retryParked(processor: string, sequence: string): Promise<void>;
  /** Gives up the first event of a policy's sequence; `discard-refused` for views. */
  discardParked(processor: string, sequence: string, position: number, reason: string): Promise<void>;
  discarded(processor: string): Promise<readonly DiscardedEvent[]>;
  /** Folds rows and snapshots again from the log and compares (G10). */
  audit(request: AuditRequest): AsyncIterable<AuditReport>;
  /**
   * Compares what the service's aggregates refer to, and what is known here of that, with what the owners publish. Reads both from the
   * beginning. Rejects with `service-unavailable` and what else a feed rejects with.
   */
  checkIntegrity(): Promise<IntegrityReport>;
}

export interface IntegrityReport {
  /** References, and referenced ones that are known here. */
  readonly compared: number;
  readonly findings: readonly IntegrityFinding[];
}

export interface IntegrityFinding {
  /**
   * `dangling`: referred to here, and missing or retired at its owner. `orphan`: known here, and not at its owner. `outdated`: known here as
   * something else than its owner says; passes by itself where the feed is only behind.
   */
  readonly kind: "dangling" | "orphan" | "outdated";
  /** `service/id`. */
  readonly reference: string;
  /** The stream of what refers to it. */
  readonly referrer?: string;
  readonly detail: string;
}

export interface Health {
  readonly ready: boolean;
  readonly checks: readonly { readonly name: string; readonly ok: boolean; readonly detail: string }[];
}

export interface ProcessorReport {
  /** Its public name: that of the view, policy or projection, or of the other service with "-feed" for a subscription. */
  readonly name: string;
  readonly kind: "view" | "policy" | "projection" | "subscription";
  readonly status: "running" | "paused" | "stopped" | "building" | "idle";
  /** Positions between the head of the log and its lowest checkpoint; for a subscription 0, since its lag is the other log's. */
  readonly lag: number;
  /** Its lowest checkpoint. */
  readonly position: number;
  /** Sequences that wait for a decision. */
  readonly parkedSequences: number;
  /** Sequences that are tried again without one. */
  readonly retryingSequences: number;
  readonly state: ProcessorState;
  /** For a view: what serves and what is being built. */
  readonly tables?: readonly {
    readonly version: number;
    readonly generation: number;
    readonly position: number;
    readonly serving: boolean;
  }[];
}

export interface ParkedReport extends ParkedSequence {
  readonly processor: string;
}

export interface ParkedEventReport extends ParkedEvent {
  readonly event: RecordedEvent | undefined;
}

export interface AuditRequest {
  /** Views to audit; default all. */
  readonly views?: readonly string[];
  /** The share of rows and streams to compare, from 0 (exclusive) to 1; default 0.01. */
  readonly sample?: number;
}

export interface AuditReport {
  readonly subject: string;
  /** Keys of which the row was folded again, or the stored one is without events. */
  readonly compared: number;
  readonly total: number;
  readonly differences: readonly {
    readonly key: string;
    readonly expected: unknown;
    readonly found: unknown;
  }[];
  readonly done: boolean;
}
