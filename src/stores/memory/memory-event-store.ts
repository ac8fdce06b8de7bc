import { MillraceError } from "../../errors/millrace-error.ts";
import type { NewEvent, RecordedEvent } from "../../message/event.ts";
import { type Condition, matchesQuery } from "../../message/event-query.ts";
import { meetsExpectation } from "../../message/expected-version.ts";
import { newId } from "../../message/id.ts";
import { type LogPoint, logBeginning } from "../../message/log-point.ts";
import { parseStreamName } from "../../message/stream.ts";
import type { Clock } from "../../ports/clock.ts";
import type {
  AppendResult,
  CommandRecord,
  Commit,
  EventKind,
  EventStore,
  EventStoreCapabilities,
  LogPage,
  ReadLogOptions,
  ReadStreamOptions,
} from "../../ports/event-store.ts";
import { ImportCheck, repeatedCommand } from "../foundation/import-check.ts";
import { Doorbell } from "./doorbell.ts";
import { frozen } from "./frozen.ts";
import { requireAcceptableCommit } from "./require-acceptable.ts";

/** The log as an array. A commit happens within one call, so that commits never overlap. */
export class MemoryEventStore implements EventStore {
  readonly capabilities: EventStoreCapabilities = {
    name: "memory",
    durable: false,
    replica: false,
    maxEventBytes: 4 * 2 ** 20,
  };
  readonly #clock: Clock;
  readonly #logId = newId();
  readonly #log: RecordedEvent[] = [];
  readonly #streams = new Map<string, RecordedEvent[]>();
  readonly #commands = new Map<string, CommandRecord>();
  /** When each outcome without events was recorded. */
  readonly #outcomesAt = new Map<string, number>();
  readonly #doorbell = new Doorbell();
  #closed = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async append(commit: Commit): Promise<AppendResult> {
    this.#requireOpen();
    requireAcceptableCommit(commit, this.capabilities.maxEventBytes);
    const { command, appends, conditions = [], outcome } = commit;
    const earlier = this.#commands.get(command.id);
    if (earlier !== undefined) return this.#repeat(command.id, command.fingerprint, earlier);
    if (outcome !== undefined) {
      const kept = Object.freeze({ ...outcome });
      this.#commands.set(command.id, { fingerprint: command.fingerprint, status: "recorded", outcome: kept });
      this.#outcomesAt.set(command.id, this.#clock.now());
      return { status: "recorded", repeated: false, outcome: kept };
    }
    for (const { stream, expected } of appends) {
      const actual = this.#streams.get(stream)?.length ?? 0;
      if (!meetsExpectation(expected, actual)) return { status: "conflict", stream, expected, actual };
    }
    for (const [index, condition] of conditions.entries()) {
      const clash = this.#log.find((event) => this.#clashes(condition, event));
      if (clash !== undefined)
        return { status: "condition-failed", condition: index, position: clash.position };
    }
    const firstPosition = this.#log.length + 1;
    const recordedAt = this.#clock.now();
    for (const { stream, events } of appends)
      for (const event of events) this.#record(stream, event, recordedAt);
    const lastPosition = this.#log.length;
    this.#commands.set(command.id, {
      fingerprint: command.fingerprint,
      status: "appended",
      firstPosition,
      lastPosition,
    });
    this.#doorbell.ring();
    return {
      status: "appended",
      repeated: false,
      firstPosition,
      point: this.#point(lastPosition),
      recordedAt,
    };
  }

  async findCommand(commandId: string): Promise<CommandRecord | undefined> {
    this.#requireOpen();
    return this.#commands.get(commandId);
  }

  async forgetCommands(before: number): Promise<number> {
    this.#requireOpen();
    const count = this.#commands.size;
    for (const [id, record] of this.#commands) {
      const recordedAt =
        record.status === "appended"
          ? this.#log[record.lastPosition - 1]?.recordedAt
          : this.#outcomesAt.get(id);
      if (recordedAt !== undefined && recordedAt >= before) continue;
      this.#commands.delete(id);
      this.#outcomesAt.delete(id);
    }
    return count - this.#commands.size;
  }

  async readStream(stream: string, options: ReadStreamOptions = {}): Promise<readonly RecordedEvent[]> {
    this.#requireOpen();
    const events = this.#streams.get(stream) ?? [];
    const { direction = "forward", limit = events.length } = options;
    if (direction === "forward") {
      const start = Math.max(0, (options.from ?? 1) - 1);
      return events.slice(start, start + limit);
    }
    return events
      .slice(0, options.from ?? events.length)
      .reverse()
      .slice(0, limit);
  }

  async readLog({ after, limit, types, except = [], tag }: ReadLogOptions): Promise<LogPage> {
    this.#requireOpen();
    const events: RecordedEvent[] = [];
    for (let index = after; index < this.#log.length; index++) {
      const event = this.#log[index] as RecordedEvent;
      if (types?.includes(event.type) === false || except.some((kind) => isOfKind(event, kind))) continue;
      if (tag !== undefined && !event.tags.includes(tag)) continue;
      events.push(event);
      if (events.length === limit) return { events, through: this.#point(event.position) };
    }
    return { events, through: this.#point(this.#log.length) };
  }

  async head(): Promise<LogPoint> {
    this.#requireOpen();
    return this.#point(this.#log.length);
  }

  async pointAt(position: number): Promise<LogPoint | undefined> {
    this.#requireOpen();
    return position >= 0 && position <= this.#log.length ? this.#point(position) : undefined;
  }

  async waitForEvents(after: number, signal: AbortSignal): Promise<void> {
    this.#requireOpen();
    while (!signal.aborted && !this.#closed && this.#log.length <= after) await this.#doorbell.wait(signal);
    this.#requireOpen();
  }

  async importEvents(events: readonly RecordedEvent[]): Promise<void> {
    this.#requireOpen();
    const check = new ImportCheck(this.#log.length, (stream) => this.#streams.get(stream)?.length ?? 0);
    for (const event of events) check.check(event);
    for (const { id, firstPosition } of check.commands.values()) {
      if (this.#commands.has(id)) throw repeatedCommand(id, firstPosition);
    }
    for (const { id, firstPosition, lastPosition } of [
      ...check.commands.values(),
      check.continued ?? [],
    ].flat()) {
      this.#commands.set(id, { fingerprint: "", status: "appended", firstPosition, lastPosition });
    }
    for (const event of events) this.#record(event.stream, event, event.recordedAt);
    this.#doorbell.ring();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#doorbell.ring();
  }

  #record(stream: string, event: NewEvent, recordedAt: number): void {
    const events = this.#streams.get(stream) ?? [];
    this.#streams.set(stream, events);
    const { id, type, schemaVersion } = event;
    // Copied, so that what the caller later does to its objects changes nothing here.
    const { data, metadata, tags } = JSON.parse(JSON.stringify(event)) as NewEvent;
    const recorded: RecordedEvent = frozen({
      id,
      stream,
      ...parseStreamName(stream),
      version: events.length + 1,
      position: this.#log.length + 1,
      type,
      data,
      schemaVersion,
      recordedAt,
      metadata,
      tags,
    });
    events.push(recorded);
    this.#log.push(recorded);
  }

  #repeat(id: string, fingerprint: string, earlier: CommandRecord): AppendResult {
    if (earlier.fingerprint !== "" && earlier.fingerprint !== fingerprint) {
      throw new MillraceError(
        "command-id-reused",
        `The command id ${id} was used before, for another command.`,
        {
          data: { commandId: id, expected: earlier.fingerprint, found: fingerprint },
        },
      );
    }
    if (earlier.status === "recorded")
      return { status: "recorded", repeated: true, outcome: earlier.outcome };
    const { firstPosition, lastPosition } = earlier;
    const recordedAt = this.#log[lastPosition - 1]?.recordedAt ?? 0;
    return {
      status: "appended",
      repeated: true,
      firstPosition,
      point: this.#point(lastPosition),
      recordedAt,
    };
  }

  #clashes({ queries, after, exceptStream }: Condition, event: RecordedEvent): boolean {
    return (
      event.position > after &&
      event.stream !== exceptStream &&
      queries.some((query) => matchesQuery(query, event))
    );
  }

  #point(position: number): LogPoint {
    const event = this.#log[position - 1];
    return event === undefined
      ? logBeginning(this.#logId)
      : { logId: this.#logId, position, eventId: event.id };
  }

  #requireOpen(): void {
    if (this.#closed) throw new MillraceError("store-closed", "The memory store was closed.");
  }
}

function isOfKind(event: RecordedEvent, { category, type }: EventKind): boolean {
  return event.type === type && event.category === category;
}
