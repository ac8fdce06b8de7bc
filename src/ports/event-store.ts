import type { NewEvent, RecordedEvent } from "../message/event.ts";
import type { Condition } from "../message/event-query.ts";
import type { ExpectedVersion } from "../message/expected-version.ts";
import type { LogPoint } from "../message/log-point.ts";

/**
 * The event store: one ordered log, which is a database and a broker at once. Everything else can be rebuilt from it.
 *
 * - Durable before acknowledged (G1): when `append` resolves, its events survive the loss of power.
 * - Versions of a stream are contiguous from 1 (G2); positions of the log are contiguous from 1 and follow commit
 *   order (G3): once a reader has been told `through: P`, no event at or below P ever appears that it was not given.
 * - Every method may be called at any time by any number of callers. After `close`, all of them reject with
 *   `store-closed`; what was accepted before is finished first.
 * - Whoever asks for a stream, type or command by text that not every store can hold is told that there is none.
 * - Trouble with the database itself rejects with a `store-…` error and changes nothing.
 */
export interface EventStore {
  readonly capabilities: EventStoreCapabilities;

  /**
   * Appends the events of one commit, all or none (G2), and resolves once they are durable (G1). Concurrent calls
   * travel in one batch; each has the result that it would have had alone, in the order of the calls (G11). Calls
   * that have nothing to do with each other need not get their positions in that order.
   *
   * In this order: a command id seen before gives its first result (`appended` or `recorded`, `repeated: true`) if the
   * fingerprint matches and rejects with `command-id-reused` if not (G4); then every expected version is checked
   * (`conflict`, naming the first stream in the order given that fails); then every condition (`condition-failed`).
   * Neither leaves a trace: the command id stays unused.
   *
   * Rejects with `overloaded` when too many appends wait, `request-malformed` for what is no commit (see `Commit`),
   * `data-invalid` for data that is not JSON, `text-refused` for text that not every store can hold (anywhere in ids,
   * streams, types, tags, data, metadata, conditions), `payload-too-large` for an event above
   * `capabilities.maxEventBytes`, and `outcome-unknown` where the database broke off and nobody can tell. The commit
   * was taken over when the call returns: what its caller changes in it afterwards changes nothing.
   */
  append(commit: Commit): Promise<AppendResult>;

  /** What became of the command with this id; undefined if it never led to events or to a recorded outcome. */
  findCommand(commandId: string): Promise<CommandRecord | undefined>;

  /**
   * Forgets what became of commands that were recorded before a time, in epoch milliseconds by the store's clock: their ids are as if
   * never used, their events stay. Appends go on meanwhile. Resolves with how many were forgotten.
   */
  forgetCommands(before: number): Promise<number>;

  /** Events of one stream by version: ascending from `from` (default 1), or descending from `from` (default last). */
  readStream(stream: string, options?: ReadStreamOptions): Promise<readonly RecordedEvent[]>;

  /** A page of the log in position order: the events after `after` that the options let through. */
  readLog(options: ReadLogOptions): Promise<LogPage>;

  /** The last point of the log; position 0 and event id "" while it is empty. No two logs have the same id. */
  head(): Promise<LogPoint>;

  /** The point at `position`, or undefined where the log has no such position (yet, or any more). 0 is the beginning. */
  pointAt(position: number): Promise<LogPoint | undefined>;

  /**
   * Resolves once the log reaches beyond `after`, or `signal` aborts (it never rejects for that). A doorbell that
   * rings at once for appends of this process, and a poll behind it for those of others; idle costs next to nothing.
   */
  waitForEvents(after: number, signal: AbortSignal): Promise<void>;

  /**
   * Takes over events of another log with their ids, positions, versions and times, in position order, into a log
   * that holds exactly the events before them, and records their commands, so that a repeat finds its first result (G4);
   * what commands without events came to is not among events. Rejects with `log-not-empty` where the log holds something else,
   * `data-invalid` where a position, version or command does not follow, and refuses what `append` refuses; then nothing of the call is kept.
   */
  importEvents(events: readonly RecordedEvent[]): Promise<void>;

  close(): Promise<void>;
}

export interface EventStoreCapabilities {
  /** The store's name in messages and metrics, such as `sqlite`. */
  readonly name: string;
  /** Whether an acknowledged append survives the end of this process. False for the memory store alone. */
  readonly durable: boolean;
  /**
   * Whether this is a replica of the log, which takes no appends and comes behind: what it does not hold yet may have been
   * acknowledged elsewhere. May change while it is open, when a replica takes over.
   */
  readonly replica: boolean;
  /** The largest event that is taken, as UTF-8 bytes of the JSON of its data. */
  readonly maxEventBytes: number;
}

/**
 * The unit of appending: everything in it happens or nothing. At least one append, or an outcome. Streams are named
 * `category-id`, expected versions are spelled out, schema versions are whole numbers of at least 1, and conditions
 * hold after whole numbers of at least 0.
 */
export interface Commit {
  readonly command: CommandKey;
  /** At most one entry per stream; each with one event or more. Positions follow the order given. */
  readonly appends: readonly StreamAppend[];
  readonly conditions?: readonly Condition[];
  /** Records how a command ended that led to no events; then there is nothing to append and nothing to check. */
  readonly outcome?: RecordedOutcome;
}

/** Identifies a command for as long as anyone could send it again (G4). */
export interface CommandKey {
  /** Unique in the log; ids that callers choose were scoped by actor before (`commandIdOfKey`). */
  readonly id: string;
  /** Of what the command asks, not of the events that it happened to lead to. One that is recorded as "" matches any. */
  readonly fingerprint: string;
}

export interface StreamAppend {
  readonly stream: string;
  readonly expected: ExpectedVersion;
  readonly events: readonly NewEvent[];
}

/** How a command ended that led to no events, as kept beside its id: the domain's "no", or nothing to do at a version. */
export type RecordedOutcome =
  | { readonly status: "refused"; readonly code: string; readonly detail: string }
  | { readonly status: "unchanged"; readonly version: number };

export type AppendResult = Appended | Recorded | Conflict | ConditionFailed;

export interface Appended {
  readonly status: "appended";
  /** Whether this is the result of an earlier append with the same command id. */
  readonly repeated: boolean;
  readonly firstPosition: number;
  /** The point of the last event: what a caller must see to see all of this. */
  readonly point: LogPoint;
  /** Epoch milliseconds. */
  readonly recordedAt: number;
}

export interface Recorded {
  readonly status: "recorded";
  readonly repeated: boolean;
  readonly outcome: RecordedOutcome;
}

/** A stream was not what the append expected: load what was added, decide again. */
export interface Conflict {
  readonly status: "conflict";
  readonly stream: string;
  readonly expected: ExpectedVersion;
  /** The stream's last version; 0 where there is none. */
  readonly actual: number;
}

/** An event that a condition rules out is there: a domain reason, not one for a retry. */
export interface ConditionFailed {
  readonly status: "condition-failed";
  /** Which of the commit's conditions, counted from 0. */
  readonly condition: number;
  /** The position of one event that matches. */
  readonly position: number;
}

/** What the store remembers of a command. */
export type CommandRecord = { readonly fingerprint: string } & (
  | { readonly status: "appended"; readonly firstPosition: number; readonly lastPosition: number }
  | { readonly status: "recorded"; readonly outcome: RecordedOutcome }
);

export interface ReadStreamOptions {
  readonly from?: number;
  readonly direction?: "forward" | "backward";
  /** Default: all. */
  readonly limit?: number;
}

export interface ReadLogOptions {
  readonly after: number;
  /** The most events to return; the page ends earlier at the head of the log. */
  readonly limit: number;
  /** Event types to return; absent means all. The others are passed over but count for `through`. */
  readonly types?: readonly string[];
  /** Kinds of events to pass over instead; excludes `types`. A reader that must not miss kinds it never heard of uses this. */
  readonly except?: readonly EventKind[];
  /** Only events that carry this tag, found by an index; excludes `types` and `except`. */
  readonly tag?: string;
}

/** An event type of one category: another category may use the same name for something else. */
export interface EventKind {
  readonly category: string;
  readonly type: string;
}

export interface LogPage {
  readonly events: readonly RecordedEvent[];
  /** The point up to which the log was looked at: at or after the last of `events`. Continue after it. */
  readonly through: LogPoint;
}
