import QuickLRU from "quick-lru";
import { MillraceError } from "../../errors/millrace-error.ts";
import type { Condition, EventQuery } from "../../message/event-query.ts";
import { meetsExpectation } from "../../message/expected-version.ts";
import type { ConditionFailed, Conflict } from "../../ports/event-store.ts";
import type { MemberResult, WrittenBatch } from "../foundation/append-queue.ts";
import type { EventRow } from "../foundation/event-row.ts";
import type { PendingAppend, PendingCommit, PendingEvent } from "../foundation/pending-commit.ts";
import { findCommand } from "./command-rows.ts";
import type { Connection, SqlValue, Statement } from "./connection.ts";

/** Versions of streams kept between batches; up to twice as many. */
const knownStreams = 25_000;

/**
 * Writes commits inside the transaction of a batch, one after another, each checked against what those before it left: so each
 * has the result that it would have had alone.
 *
 * Versions of streams are remembered between batches. They are good as long as the last event of the log is the one
 * that this writer left, because the log only grows.
 */
export class CommitWriter {
  readonly #connection: Connection;
  readonly #logId: string;
  readonly #versions = new QuickLRU<string, number>({ maxSize: knownStreams });
  readonly #insertEvent: Statement;
  readonly #insertCommand: Statement;
  readonly #deleteCommand: Statement;
  readonly #insertTag: Statement;
  readonly #lastVersion: Statement;
  readonly #lastEvent: Statement;
  #position = 0;
  #eventId = "";
  #recordedAt = 0;
  /** The rows that the batch at hand has written. */
  #written: EventRow[] = [];

  constructor(connection: Connection, logId: string) {
    this.#connection = connection;
    this.#logId = logId;
    this.#insertEvent = connection.sql(`
      INSERT INTO events (position, stream, version, id, type, schema_version, recorded_at, data, metadata, tags)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      ON CONFLICT (stream, version) DO NOTHING`);
    this.#insertCommand = connection.sql(`
      INSERT INTO commands (id, fingerprint, first_position, last_position, outcome, outcome_at)
      VALUES (?, ?, ?, ?, ?, ?)
      ON CONFLICT (id) DO NOTHING`);
    this.#deleteCommand = connection.sql("DELETE FROM commands WHERE id = ?");
    this.#insertTag = connection.sql(
      "INSERT INTO event_tags (tag, position) VALUES (?, ?) ON CONFLICT DO NOTHING",
    );
    this.#lastVersion = connection.sql("SELECT max(version) AS version FROM events WHERE stream = ?");
    this.#lastEvent = connection.sql("SELECT position, id FROM events ORDER BY position DESC LIMIT 1");
  }

  /** Writes the members of a batch; the caller's transaction holds the write lock. */
  write(members: readonly PendingCommit[], recordedAt: number): WrittenBatch {
    const last = this.#lastEvent.get<{ readonly position: number; readonly id: string }>();
    if ((last?.position ?? 0) !== this.#position) this.#versions.clear();
    this.#position = last?.position ?? 0;
    this.#eventId = last?.id ?? "";
    this.#recordedAt = recordedAt;
    this.#written = [];
    const results = members.map((member) => this.#writeOne(member));
    return { results, rows: this.#written };
  }

  /** Forgets what a batch that was rolled back had left. */
  forget(): void {
    this.#versions.clear();
    this.#position = -1;
  }

  #writeOne(commit: PendingCommit): MemberResult {
    const { command, appends, outcome } = commit;
    const count = appends.reduce((sum, { events }) => sum + events.length, 0);
    const firstPosition = this.#position + 1;
    // The command goes first: a repeat has its first result, whatever it would meet by now.
    const inserted =
      outcome === undefined
        ? this.#insertCommand.run(
            command.id,
            command.fingerprint,
            firstPosition,
            this.#position + count,
            null,
            null,
          )
        : this.#insertCommand.run(
            command.id,
            command.fingerprint,
            null,
            null,
            JSON.stringify(outcome),
            this.#recordedAt,
          );
    if (inserted === 0) return this.#repeat(commit);
    if (outcome !== undefined) return { result: { status: "recorded", repeated: false, outcome } };
    // A lone append that begins a stream is tried without looking first: the index on versions tells.
    const begins = this.#beginsStream(appends);
    const objection =
      (begins ? undefined : this.#conflict(appends)) ??
      this.#failedCondition(commit.conditions) ??
      this.#appendAll(appends, begins);
    if (objection !== undefined) {
      this.#deleteCommand.run(command.id);
      return { result: objection };
    }
    return {
      result: {
        status: "appended",
        repeated: false,
        firstPosition,
        point: { logId: this.#logId, position: this.#position, eventId: this.#eventId },
        recordedAt: this.#recordedAt,
      },
    };
  }

  #beginsStream([first, ...others]: readonly PendingAppend[]): boolean {
    return first?.expected === "none" && others.length === 0 && !this.#versions.has(first.stream);
  }

  #appendAll(appends: readonly PendingAppend[], begins: boolean): Conflict | undefined {
    for (const { stream, expected, events } of appends) {
      let version = begins ? 0 : this.#versionOf(stream);
      for (const event of events) {
        version++;
        if (this.#insert(stream, version, event)) continue;
        if (begins && version === 1)
          return { status: "conflict", stream, expected, actual: this.#versionOf(stream) };
        throw new MillraceError(
          "internal",
          `${stream} has a version ${version} already, against what was read.`,
        );
      }
      this.#versions.set(stream, version);
    }
    return undefined;
  }

  /** Whether the event was written: not if its stream has this version already. */
  #insert(stream: string, version: number, event: PendingEvent): boolean {
    const { id, type, schemaVersion, data, metadata, tags, tagsJson } = event;
    const position = this.#position + 1;
    const at = this.#recordedAt;
    const written = this.#insertEvent.run(
      position,
      stream,
      version,
      id,
      type,
      schemaVersion,
      at,
      data,
      metadata,
      tagsJson,
    );
    if (written === 0) return false;
    for (const tag of tags) this.#insertTag.run(tag, position);
    this.#position = position;
    this.#eventId = id;
    this.#written.push({
      position,
      stream,
      version,
      id,
      type,
      schema_version: schemaVersion,
      recorded_at: at,
      data,
      metadata,
      tags: tagsJson,
    });
    return true;
  }

  #versionOf(stream: string): number {
    const known = this.#versions.get(stream);
    if (known !== undefined) return known;
    const version = this.#lastVersion.get<{ readonly version: number | null }>(stream)?.version ?? 0;
    this.#versions.set(stream, version);
    return version;
  }

  #conflict(appends: readonly PendingAppend[]): Conflict | undefined {
    for (const { stream, expected } of appends) {
      const actual = this.#versionOf(stream);
      if (!meetsExpectation(expected, actual)) return { status: "conflict", stream, expected, actual };
    }
    return undefined;
  }

  #failedCondition(conditions: readonly Condition[]): ConditionFailed | undefined {
    for (const [index, { queries, after, exceptStream }] of conditions.entries()) {
      for (const query of queries) {
        const position = this.#findMatch(query, after, exceptStream);
        if (position !== undefined) return { status: "condition-failed", condition: index, position };
      }
    }
    return undefined;
  }

  /** The first event that a query means: by its first tag where it has one, else along the log from `after`. */
  #findMatch(
    { types, tags = [] }: EventQuery,
    after: number,
    exceptStream: string | undefined,
  ): number | undefined {
    const [firstTag, ...otherTags] = tags;
    const conditions = [firstTag === undefined ? "e.position > ?" : "t.position > ?"];
    const values: SqlValue[] = [after];
    if (exceptStream !== undefined) {
      conditions.push("e.stream <> ?");
      values.push(exceptStream);
    }
    if (types !== undefined) {
      conditions.push("e.type IN (SELECT value FROM json_each(?))");
      values.push(JSON.stringify(types));
    }
    for (const tag of otherTags) {
      conditions.push("EXISTS (SELECT 1 FROM event_tags o WHERE o.tag = ? AND o.position = e.position)");
      values.push(tag);
    }
    const from =
      firstTag === undefined
        ? `events e WHERE ${conditions.join(" AND ")} ORDER BY e.position`
        : `event_tags t CROSS JOIN events e ON e.position = t.position WHERE t.tag = ? AND ${conditions.join(" AND ")} ORDER BY t.position`;
    return this.#connection
      .sql(`SELECT e.position AS position FROM ${from} LIMIT 1`)
      .get<{ readonly position: number }>(...(firstTag === undefined ? values : [firstTag, ...values]))
      ?.position;
  }

  /** The first result of a command that was recorded before, in this batch or ever. */
  #repeat({ command }: PendingCommit): MemberResult {
    const record = findCommand(this.#connection, command.id);
    if (record === undefined)
      return { error: new MillraceError("internal", `The command ${command.id} vanished.`) };
    if (record.fingerprint !== "" && record.fingerprint !== command.fingerprint) {
      return {
        error: new MillraceError(
          "command-id-reused",
          `The command id ${command.id} was used before, for another command.`,
          {
            data: { commandId: command.id, expected: record.fingerprint, found: command.fingerprint },
          },
        ),
      };
    }
    if (record.status === "recorded")
      return { result: { status: "recorded", repeated: true, outcome: record.outcome } };
    const { firstPosition, lastPosition } = record;
    const last = this.#connection
      .sql("SELECT id, recorded_at FROM events WHERE position = ?")
      .get<{ readonly id: string; readonly recorded_at: number }>(lastPosition);
    return {
      result: {
        status: "appended",
        repeated: true,
        firstPosition,
        point: { logId: this.#logId, position: lastPosition, eventId: last?.id ?? "" },
        recordedAt: last?.recorded_at ?? 0,
      },
    };
  }
}
