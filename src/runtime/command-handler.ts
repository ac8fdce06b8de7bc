import type { AggregateDefinition } from "../domain/aggregate-definition.ts";
import { decide, type Resolution, type Situation } from "../domain/decide.ts";
import type { Refusal } from "../domain/decision.ts";
import { upcastEvent } from "../domain/fold.ts";
import { MillraceError } from "../errors/millrace-error.ts";
import type { RecordedEvent } from "../message/event.ts";
import { streamName } from "../message/stream.ts";
import type { Clock } from "../ports/clock.ts";
import type { Appended, EventStore } from "../ports/event-store.ts";
import type { Telemetry } from "../ports/telemetry.ts";
import { Turns } from "../ports/turns.ts";
import type { AggregateLoader } from "./aggregate-loader.ts";
import { meetsPrecondition, missedPrecondition } from "./precondition.ts";
import { type PreparedCommand, prepareCommand } from "./prepare-command.ts";
import type { CommandOutcome, CommandRequest } from "./runtime.ts";
import { inSpan } from "./span.ts";

/**
 * How often a command is decided anew when other processes get in first. Conflicts within one process do not occur
 * (its commands take turns), so so many in a row mean a stream that many processes fight over.
 */
const maxDecisions = 20;

/** After a conflict, wait up to this long, doubled each time up to the last: lets the others' appends through. */
const firstJitterMs = 2;
const lastJitterMs = 100;

/** Handles commands: load, decide, append, with optimistic concurrency (section 4 of the design: cached state, bounded retries). */
export class CommandHandler {
  /** By stream, so that commands of one process on one aggregate wait for one another instead of meeting in conflicts. */
  readonly #turns = new Turns();
  readonly #events: EventStore;
  readonly #loader: AggregateLoader;
  readonly #telemetry: Telemetry;
  readonly #clock: Clock;
  readonly #maxDepth: number;

  constructor(parts: {
    events: EventStore;
    loader: AggregateLoader;
    telemetry: Telemetry;
    clock: Clock;
    maxDepth: number;
  }) {
    this.#events = parts.events;
    this.#loader = parts.loader;
    this.#telemetry = parts.telemetry;
    this.#clock = parts.clock;
    this.#maxDepth = parts.maxDepth;
  }

  /** See `CommandSide.handle`. */
  async handle(definition: AggregateDefinition, request: CommandRequest): Promise<CommandOutcome> {
    const prepared = prepareCommand(definition, request, this.#clock.now(), this.#maxDepth);
    const { command } = prepared;
    const stream = streamName(definition.name, command.aggregateId);
    const labels = { aggregate: definition.name, command: command.type };
    const started = performance.now();
    return inSpan(
      `command ${command.type}`,
      { "millrace.stream": stream },
      command.metadata.traceparent,
      async () => {
        let outcome: CommandOutcome["status"] | "failed" = "failed";
        try {
          const result = await this.#turns.take(stream, () => this.#inTurn(definition, stream, prepared));
          outcome = result.status;
          return result;
        } finally {
          this.#telemetry.count("millrace_commands_total", { ...labels, outcome });
          this.#telemetry.observe("millrace_command_seconds", (performance.now() - started) / 1000, labels);
        }
      },
    );
  }

  async #inTurn(
    definition: AggregateDefinition,
    stream: string,
    prepared: PreparedCommand,
  ): Promise<CommandOutcome> {
    const earlier = await this.#repeated(definition, prepared);
    if (earlier !== undefined) return earlier;

    let fresh = false;
    for (let decisions = 1; ; decisions++) {
      const before = await this.#loader.load(definition, prepared.command.aggregateId, fresh);
      if (!meetsPrecondition(definition, prepared, before)) {
        // What contradicts a cached state may only be behind: look before saying no.
        if (!fresh) {
          fresh = true;
          continue;
        }
        throw missedPrecondition(definition, prepared, before);
      }
      const resolution = decide(definition, before, prepared.command);
      if ("refused" in resolution || resolution.events.length === 0) {
        // Nothing is appended that could tell whether the state was the latest, so make sure of it.
        if (!fresh) {
          fresh = true;
          continue;
        }
        return "refused" in resolution
          ? this.#refuse(definition, prepared, resolution)
          : this.#nothingToDo(definition, prepared, before);
      }
      const result = await this.#events.append({
        command: prepared.key,
        appends: [
          { stream, expected: before.version === 0 ? "none" : before.version, events: resolution.events },
        ],
        conditions: resolution.conditions,
      });
      switch (result.status) {
        case "appended":
          if (result.repeated)
            return this.#recall(definition, prepared, result.firstPosition, result.point.position);
          return this.#accept(definition, stream, prepared, before, resolution, result);
        case "refused":
          return { status: "refused", repeated: true, commandId: prepared.command.id, ...result.refusal };
        case "condition-failed":
          return this.#refuse(definition, prepared, resolution.refusals[result.condition] as Refusal);
        case "conflict":
          this.#telemetry.count("millrace_command_conflicts_total", { aggregate: definition.name });
          if (decisions >= maxDecisions) {
            throw new MillraceError(
              "conflict",
              `${stream} was expected at version ${result.expected} and found at ${result.actual}, ${decisions} times in a row: others keep changing it. Send the command again.`,
              { data: { stream, expected: result.expected, actual: result.actual } },
            );
          }
          fresh = true;
          await this.#clock.sleep(Math.random() * Math.min(lastJitterMs, firstJitterMs * 2 ** decisions));
      }
    }
  }

  /** The first result of a command that was handled before; only ids that somebody can know are looked up. */
  async #repeated(
    definition: AggregateDefinition,
    prepared: PreparedCommand,
  ): Promise<CommandOutcome | undefined> {
    if (!prepared.repeatable) return undefined;
    const record = await this.#events.findCommand(prepared.key.id);
    if (record === undefined) return undefined;
    if (record.fingerprint !== prepared.key.fingerprint) {
      throw new MillraceError(
        "command-id-reused",
        "This idempotency key was used before, for another command: expected the same aggregate, command and data, or a new key.",
        { data: { commandId: prepared.key.id } },
      );
    }
    if (record.status === "refused") {
      return { status: "refused", repeated: true, commandId: prepared.command.id, ...record.refusal };
    }
    return this.#recall(definition, prepared, record.firstPosition, record.lastPosition);
  }

  async #recall(
    definition: AggregateDefinition,
    prepared: PreparedCommand,
    firstPosition: number,
    lastPosition: number,
  ): Promise<CommandOutcome> {
    const { events } = await this.#events.readLog({
      after: firstPosition - 1,
      limit: lastPosition - firstPosition + 1,
    });
    const last = events.at(-1) as RecordedEvent;
    const { state, version } = await this.#loader.loadAt(definition, last.aggregateId, {
      version: last.version,
    });
    const { logId } = await this.#events.head();
    return {
      status: "accepted",
      repeated: true,
      commandId: prepared.command.id,
      aggregateId: last.aggregateId,
      version,
      stateVersion: definition.stateVersion,
      events: events.map((event) => upcastEvent(definition, event)),
      state,
      point: { logId, position: last.position, eventId: last.id },
    };
  }

  /** Refusals of commands that can come again are recorded, so that the repeat hears the same (G4). */
  async #refuse(
    definition: AggregateDefinition,
    prepared: PreparedCommand,
    { code, detail }: Refusal,
  ): Promise<CommandOutcome> {
    const refused: CommandOutcome = {
      status: "refused",
      repeated: false,
      commandId: prepared.command.id,
      code,
      detail,
    };
    if (!prepared.repeatable) return refused;
    const result = await this.#events.append({
      command: prepared.key,
      appends: [],
      refusal: { code, detail },
    });
    if (result.status === "refused") return { ...refused, repeated: result.repeated, ...result.refusal };
    // Another process handled the same command in the meantime, and with more luck: its result is the first.
    return (await this.#repeated(definition, prepared)) ?? refused;
  }

  async #nothingToDo(
    definition: AggregateDefinition,
    { command }: PreparedCommand,
    { state, version }: Situation,
  ): Promise<CommandOutcome> {
    return {
      status: "accepted",
      repeated: false,
      commandId: command.id,
      aggregateId: command.aggregateId,
      version,
      stateVersion: definition.stateVersion,
      events: [],
      state,
      point: await this.#events.head(),
    };
  }

  #accept(
    definition: AggregateDefinition,
    stream: string,
    { command }: PreparedCommand,
    before: Situation,
    resolution: Resolution,
    { firstPosition, recordedAt, point }: Appended,
  ): CommandOutcome {
    const version = before.version + resolution.events.length;
    this.#loader.remember(definition, stream, before, { state: resolution.state, version });
    return {
      status: "accepted",
      repeated: false,
      commandId: command.id,
      aggregateId: command.aggregateId,
      version,
      stateVersion: definition.stateVersion,
      // Written out: spreading an event here costs as much as deciding on it.
      events: resolution.events.map(({ id, type, data, schemaVersion, metadata, tags }, index) => ({
        id,
        type,
        data,
        stream,
        category: definition.name,
        aggregateId: command.aggregateId,
        version: before.version + index + 1,
        position: firstPosition + index,
        recordedAt,
        schemaVersion,
        metadata,
        tags,
      })),
      state: resolution.state,
      point,
    };
  }
}
