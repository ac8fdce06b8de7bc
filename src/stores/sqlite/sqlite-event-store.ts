import type { RecordedEvent } from "../../message/event.ts";
import { type LogPoint, logBeginning } from "../../message/log-point.ts";
import type { Clock } from "../../ports/clock.ts";
import type {
  AppendResult,
  CommandRecord,
  Commit,
  EventStore,
  EventStoreCapabilities,
  LogPage,
  ReadLogOptions,
  ReadStreamOptions,
} from "../../ports/event-store.ts";
import type { Telemetry } from "../../ports/telemetry.ts";
import { AppendQueue, type WrittenBatch } from "../foundation/append-queue.ts";
import { type EventRow, eventColumns, toRecordedEvent } from "../foundation/event-row.ts";
import { HeadWatch } from "../foundation/head-watch.ts";
import { LogTail } from "../foundation/log-tail.ts";
import { nextTurn } from "../foundation/next-turn.ts";
import { type OpenGate, openGate } from "../foundation/open-gate.ts";
import { type PendingCommit, toPendingCommit } from "../foundation/pending-commit.ts";
import { findCommand, forgetCommands } from "./command-rows.ts";
import { CommitWriter } from "./commit-writer.ts";
import type { Connection } from "./connection.ts";
import { importRows } from "./import-rows.ts";
import { pickBatch } from "./pick-batch.ts";
import { readLogRows } from "./read-log-rows.ts";

/** Positions looked through by one synchronous read: some milliseconds. */
const maxScanned = 20_000;

/** A look for others' events costs microseconds, so four a second are next to nothing, and a reader is hardly late. */
const lastPollMs = 250;

/** The log in the tables `events`, `event_tags` and `commands`. */
export class SqliteEventStore implements EventStore {
  readonly capabilities: EventStoreCapabilities;
  readonly #connection: Connection;
  readonly #clock: Clock;
  readonly #logId: string;
  readonly #queue: AppendQueue;
  readonly #watch: HeadWatch;
  readonly #tail = new LogTail();
  readonly #gate: OpenGate;

  constructor(
    connection: Connection,
    options: {
      readonly logId: string;
      readonly name: string;
      readonly maxEventBytes: number;
      readonly maxWaitingAppends: number;
      readonly telemetry: Telemetry;
      readonly clock: Clock;
    },
  ) {
    this.#connection = connection;
    const { name, maxEventBytes } = options;
    this.capabilities = { name, durable: true, replica: false, maxEventBytes };
    this.#clock = options.clock;
    this.#gate = openGate(connection.path);
    this.#logId = options.logId;
    this.#watch = new HeadWatch(() => this.#readHead()?.position ?? 0, { lastPollMs });
    const writer = new CommitWriter(connection, this.#logId);
    this.#queue = new AppendQueue({
      ...options,
      pick: pickBatch,
      write: (commits) => this.#writeBatch(writer, commits),
      onCommitted: (rows) => {
        this.#tail.push(rows);
        const last = rows.at(-1);
        if (last !== undefined) this.#watch.grewTo(last.position);
      },
    });
  }

  append(commit: Commit): Promise<AppendResult> {
    return this.#gate.pass(() =>
      this.#queue.append(toPendingCommit(commit, this.capabilities.maxEventBytes)),
    );
  }

  findCommand(commandId: string): Promise<CommandRecord | undefined> {
    return this.#read(() => findCommand(this.#connection, commandId));
  }

  forgetCommands(before: number): Promise<number> {
    return this.#gate.pass(async () => {
      let count = 0;
      for (let after: string | undefined = ""; after !== undefined; ) {
        const from: string = after;
        const { forgotten, last } = await this.#connection.whenFree(() =>
          this.#connection.transaction("immediate", () => forgetCommands(this.#connection, from, before)),
        );
        count += forgotten;
        after = last;
        await nextTurn();
      }
      return count;
    });
  }

  readStream(stream: string, options: ReadStreamOptions = {}): Promise<readonly RecordedEvent[]> {
    const { direction = "forward", limit = -1 } = options;
    const forward = direction === "forward";
    const from = options.from ?? (forward ? 1 : Number.MAX_SAFE_INTEGER);
    return this.#read(() =>
      this.#connection
        .sql(
          forward
            ? `SELECT ${eventColumns} FROM events WHERE stream = ? AND version >= ? ORDER BY version LIMIT ?`
            : `SELECT ${eventColumns} FROM events WHERE stream = ? AND version <= ? ORDER BY version DESC LIMIT ?`,
        )
        .all<EventRow>(stream, from, limit)
        .map(toRecordedEvent),
    );
  }

  readLog(options: ReadLogOptions): Promise<LogPage> {
    return this.#read(() => {
      if (options.tag !== undefined || !this.#tail.holdsAfter(options.after)) return this.#readTable(options);
      const { events, through } = this.#tail.page(options);
      return { events, through: { logId: this.#logId, ...through } };
    });
  }

  head(): Promise<LogPoint> {
    return this.#read(() => this.#readHead() ?? logBeginning(this.#logId));
  }

  pointAt(position: number): Promise<LogPoint | undefined> {
    return this.#read(() => this.#pointAt(position));
  }

  waitForEvents(after: number, signal: AbortSignal): Promise<void> {
    return this.#gate.passes ? this.#watch.wait(after, signal) : this.#gate.pass(async () => {});
  }

  importEvents(events: readonly RecordedEvent[]): Promise<void> {
    return this.#gate.pass(async () => {
      const { maxEventBytes } = this.capabilities;
      await this.#connection.whenFree(() =>
        this.#connection.transaction("immediate", () => importRows(this.#connection, events, maxEventBytes)),
      );
      await this.#connection.settled();
      this.#tail.clear();
      this.#watch.grewTo(events.at(-1)?.position ?? 0);
    });
  }

  async close(): Promise<void> {
    await this.#gate.shut();
    this.#watch.close();
    this.#connection.close();
  }

  async #writeBatch(writer: CommitWriter, commits: readonly PendingCommit[]): Promise<WrittenBatch> {
    try {
      const written = await this.#connection.whenFree(() =>
        this.#connection.transaction("immediate", () => writer.write(commits, this.#clock.now())),
      );
      await this.#connection.settled();
      return written;
    } catch (cause) {
      writer.forget();
      throw this.#connection.errorOf(cause);
    }
  }

  #read<Result>(work: () => Result): Promise<Result> {
    return this.#gate.pass(() => this.#connection.whenFree(work));
  }

  /** In one read transaction, so that `through` is the head as the events saw it. */
  #readTable(options: ReadLogOptions): LogPage {
    return this.#connection.transaction("deferred", () => {
      const head = this.#readHead() ?? logBeginning(this.#logId);
      if (options.after + maxScanned >= head.position) this.#tail.wanted();
      if (options.after >= head.position) return { events: [], through: head };
      // By a tag nothing is looked through: the index knows.
      const scanned = options.tag === undefined ? maxScanned : Number.POSITIVE_INFINITY;
      const end = Math.min(head.position, options.after + scanned);
      const { events, through } = readLogRows(this.#connection, options, end);
      return { events, through: this.#pointAt(through) ?? head };
    });
  }

  #readHead(): LogPoint | undefined {
    const last = this.#connection
      .sql("SELECT position, id FROM events ORDER BY position DESC LIMIT 1")
      .get<{ readonly position: number; readonly id: string }>();
    return last === undefined ? undefined : { logId: this.#logId, position: last.position, eventId: last.id };
  }

  #pointAt(position: number): LogPoint | undefined {
    if (position === 0) return logBeginning(this.#logId);
    const eventId =
      this.#tail.idAt(position) ??
      this.#connection.sql("SELECT id FROM events WHERE position = ?").get<{ readonly id: string }>(position)
        ?.id;
    return eventId === undefined ? undefined : { logId: this.#logId, position, eventId };
  }
}
