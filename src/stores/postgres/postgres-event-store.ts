import type { RecordedEvent } from "../../message/event.ts";
import { isStorableText } from "../../message/json.ts";
import { type LogPoint, logBeginning } from "../../message/log-point.ts";
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
import { AppendQueue } from "../foundation/append-queue.ts";
import { type EventRow, eventColumns, toRecordedEvent } from "../foundation/event-row.ts";
import { HeadWatch } from "../foundation/head-watch.ts";
import { LogTail } from "../foundation/log-tail.ts";
import { type OpenGate, openGate } from "../foundation/open-gate.ts";
import { maxEventBytes, type PendingCommit, toPendingCommit } from "../foundation/pending-commit.ts";
import { sharedRead } from "../foundation/shared-read.ts";
import { appendOneSql, appendOneValues, appendSql, appendValues, readAnswer } from "./batch.ts";
import { type ForgottenPage, findCommand, forgetCommands } from "./command-rows.ts";
import type { Database, Session, SqlValue } from "./database.ts";
import { Doorbell } from "./doorbell.ts";
import { importRows } from "./import-rows.ts";
import { pickBatch } from "./pick-batch.ts";
import { type LogRows, readLogRows } from "./read-log-rows.ts";
import { channelOf } from "./sql-name.ts";

/** Behind a doorbell that may miss a ring; without one, how late a reader may be. */
const lastPollMs = { listening: 2000, alone: 250 };

const beyondVersions = 2 ** 31 - 1;

/** The log in the tables `events`, `event_tags` and `commands`. */
export class PostgresEventStore implements EventStore {
  readonly #database: Database;
  readonly #logId: string;
  readonly #queue: AppendQueue;
  readonly #watch: HeadWatch;
  readonly #doorbell: Doorbell | undefined;
  readonly #tail = new LogTail();
  readonly #gate: OpenGate;

  /** Whoever waits for news looks first: all the processors of a process at once, whenever they have renewed their leases. */
  readonly #readHead = sharedRead(async (): Promise<LogPoint | undefined> => {
    const [last] = await this.#database.all<{ readonly position: number; readonly id: string }>(
      "SELECT position, id FROM @events ORDER BY position DESC LIMIT 1",
      [],
      { brief: true },
    );
    return last && { logId: this.#logId, position: last.position, eventId: last.id };
  });

  constructor(
    database: Database,
    options: {
      readonly logId: string;
      readonly url: string;
      readonly schema: string;
      /** Whether others' appends are heard of by LISTEN, and not by the poll alone. */
      readonly listen: boolean;
      readonly maxWaitingAppends: number;
      readonly telemetry: Telemetry;
    },
  ) {
    const { logId, url, schema, listen, maxWaitingAppends, telemetry } = options;
    this.#database = database;
    this.#logId = logId;
    this.#gate = openGate(database.name);
    this.#watch = new HeadWatch(async () => (await this.#readHead())?.position ?? 0, {
      lastPollMs: listen ? lastPollMs.listening : lastPollMs.alone,
    });
    if (listen) {
      this.#doorbell = new Doorbell({
        database,
        url,
        channel: channelOf(schema),
        onRing: (position) => this.#watch.grewTo(position),
      });
      this.#doorbell.listen();
    }
    this.#queue = new AppendQueue({
      maxWaitingAppends,
      telemetry,
      pick: pickBatch,
      write: async (commits) => readAnswer(await this.#append(commits), commits, logId),
      onCommitted: (rows) => this.#grew(rows),
    });
  }

  get capabilities(): EventStoreCapabilities {
    return { name: "postgres", durable: true, replica: this.#database.isReplica, maxEventBytes };
  }

  append(commit: Commit): Promise<AppendResult> {
    return this.#gate.pass(async () => this.#queue.append(toPendingCommit(commit)));
  }

  findCommand(commandId: string): Promise<CommandRecord | undefined> {
    return this.#gate.pass(async () => {
      if (!isStorableText(commandId)) return undefined;
      return findCommand(this.#database, commandId);
    });
  }

  forgetCommands(before: number): Promise<number> {
    return this.#gate.pass(async () => {
      let count = 0;
      for (let after: string | null = ""; after !== null; ) {
        const page: ForgottenPage = await forgetCommands(this.#database, after, before);
        count += page.forgotten;
        after = page.last;
      }
      return count;
    });
  }

  readStream(stream: string, options: ReadStreamOptions = {}): Promise<readonly RecordedEvent[]> {
    const { direction = "forward", limit = null } = options;
    const isForward = direction === "forward";
    const from = Math.min(options.from ?? (isForward ? 1 : beyondVersions), beyondVersions);
    return this.#gate.pass(async () => {
      if (!isStorableText(stream)) return [];
      const rows = await this.#database.all<EventRow>(
        isForward
          ? `SELECT ${eventColumns} FROM @events WHERE stream = $1 AND version >= $2 ORDER BY version LIMIT $3`
          : `SELECT ${eventColumns} FROM @events WHERE stream = $1 AND version <= $2 ORDER BY version DESC LIMIT $3`,
        [stream, from, limit],
      );
      return rows.map(toRecordedEvent);
    });
  }

  readLog(options: ReadLogOptions): Promise<LogPage> {
    return this.#gate.pass(async () => {
      const isInTail = options.tag === undefined && this.#tail.holdsAfter(options.after);
      const { events, through } = isInTail ? this.#tail.page(options) : await this.#readTable(options);
      return {
        events,
        through: through === undefined ? logBeginning(this.#logId) : { logId: this.#logId, ...through },
      };
    });
  }

  head(): Promise<LogPoint> {
    return this.#gate.pass(async () => (await this.#readHead()) ?? logBeginning(this.#logId));
  }

  pointAt(position: number): Promise<LogPoint | undefined> {
    return this.#gate.pass(() => this.#pointAt(position));
  }

  waitForEvents(after: number, signal: AbortSignal): Promise<void> {
    return this.#gate.passes ? this.#watch.wait(after, signal) : this.#gate.pass(async () => {});
  }

  importEvents(events: readonly RecordedEvent[]): Promise<void> {
    return this.#gate.pass(async () => {
      await this.#database.transaction((session) => importRows(session, events));
      this.#tail.clear();
      const last = events.at(-1)?.position ?? 0;
      this.#watch.grewTo(last);
      this.#doorbell?.ring(last);
    });
  }

  async close(): Promise<void> {
    await this.#gate.shut();
    this.#watch.close();
    await this.#doorbell?.close();
  }

  /** Safe to repeat: each commit has the id of its command, and the store knows those that it has. */
  #append(commits: readonly PendingCommit[]): Promise<string> {
    const one = appendOneValues(commits);
    return this.#database.write(async (session) => {
      const answer = one && (await callAppend(session, appendOneSql, one));
      return answer ?? ((await callAppend(session, appendSql, appendValues(commits))) as string);
    });
  }

  #grew(rows: readonly EventRow[]): void {
    const last = rows.at(-1);
    if (last === undefined) return;
    this.#tail.push(rows);
    this.#watch.grewTo(last.position);
    this.#doorbell?.ring(last.position);
  }

  async #readTable(options: ReadLogOptions): Promise<LogRows> {
    const rows = await readLogRows(this.#database, options);
    if ((rows.through?.position ?? 0) >= this.#tail.last) this.#tail.wanted();
    return rows;
  }

  async #pointAt(position: number): Promise<LogPoint | undefined> {
    if (position === 0) return logBeginning(this.#logId);
    const known = this.#tail.idAt(position);
    if (known !== undefined) return { logId: this.#logId, position, eventId: known };
    if (!Number.isSafeInteger(position)) return undefined;
    const [row] = await this.#database.all<{ readonly id: string | null; readonly replica: boolean }>(
      "SELECT (SELECT id FROM @events WHERE position = $1) AS id, pg_is_in_recovery() AS replica",
      [position],
      { brief: true },
    );
    this.#database.isReplica = row?.replica ?? false;
    return row?.id ? { logId: this.#logId, position, eventId: row.id } : undefined;
  }
}

async function callAppend(
  session: Session,
  sql: string,
  values: readonly SqlValue[],
): Promise<string | null> {
  const options = { prepared: true, brief: true };
  const rows = await session.all<{ readonly answer: string | null }>(sql, values, options);
  return rows[0]?.answer ?? null;
}
