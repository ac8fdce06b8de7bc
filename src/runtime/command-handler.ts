import type { AggregateDefinition } from "../domain/aggregate-definition.ts";
import { decide, type GatheredFacts, type Resolution, resolve, type Situation } from "../domain/decide.ts";
import type { Refusal } from "../domain/decision.ts";
import { MillraceError } from "../errors/millrace-error.ts";
import type { Command } from "../message/command.ts";
import type { Condition } from "../message/event-query.ts";
import { streamName } from "../message/stream.ts";
import type { Clock } from "../ports/clock.ts";
import type { Appended, EventStore, RecordedOutcome } from "../ports/event-store.ts";
import type { Telemetry } from "../ports/telemetry.ts";
import { Turns } from "../ports/turns.ts";
import type { AggregateLoader } from "./aggregate-loader.ts";
import type { DecideElsewhere } from "./decide-elsewhere.ts";
import { FirstResults } from "./first-results.ts";
import { gatheredFor, nothingGathered } from "./gathered-for.ts";
import { meetsPrecondition, missedPrecondition } from "./precondition.ts";
import { type PreparedCommand, prepareCommand, prepareEvent } from "./prepare-command.ts";
import type { ReferenceIndex } from "./reference-index.ts";
import type { CommandOutcome, CommandRequest, EventRequest } from "./runtime.ts";
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
  readonly #results: FirstResults;
  readonly #telemetry: Telemetry;
  readonly #clock: Clock;
  readonly #maxDepth: number;
  readonly #references: ReferenceIndex;
  readonly #referrers: readonly string[];
  readonly #deciders: ReadonlyMap<AggregateDefinition, DecideElsewhere>;

  constructor(parts: {
    events: EventStore;
    loader: AggregateLoader;
    telemetry: Telemetry;
    clock: Clock;
    maxDepth: number;
    references: ReferenceIndex;
    /** See `DecisionFacts`. */
    referrers: readonly string[];
    /** Of what is not decided on here. */
    deciders: ReadonlyMap<AggregateDefinition, DecideElsewhere>;
  }) {
    this.#events = parts.events;
    this.#loader = parts.loader;
    this.#results = new FirstResults(parts.events, parts.loader);
    this.#telemetry = parts.telemetry;
    this.#clock = parts.clock;
    this.#maxDepth = parts.maxDepth;
    this.#references = parts.references;
    this.#referrers = parts.referrers;
    this.#deciders = parts.deciders;
  }

  /** See `CommandSide.handle`. */
  async handle(definition: AggregateDefinition, request: CommandRequest): Promise<CommandOutcome> {
    return this.#handle(definition, prepareCommand(definition, request, this.#clock.now(), this.#maxDepth));
  }

  /** See `CommandSide.handleEvent`. */
  async handleEvent(definition: AggregateDefinition, request: EventRequest): Promise<CommandOutcome> {
    return this.#handle(definition, prepareEvent(definition, request, this.#clock.now(), this.#maxDepth));
  }

  #handle(definition: AggregateDefinition, prepared: PreparedCommand): Promise<CommandOutcome> {
    const stream = streamName(definition.name, prepared.aggregateId);
    const labels = { aggregate: definition.name, command: prepared.label };
    const started = performance.now();
    return inSpan(
      `command ${prepared.label}`,
      { "millrace.stream": stream },
      prepared.traceparent,
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
    const earlier = await this.#results.find(definition, prepared);
    if (earlier !== undefined) return earlier;

    let fresh = false;
    for (let decisions = 1; ; decisions++) {
      const before = await this.#loader.load(definition, prepared.aggregateId, fresh);
      if (!meetsPrecondition(definition, prepared, before)) {
        // What contradicts a cached state may only be behind: look before saying no.
        if (!fresh) {
          fresh = true;
          continue;
        }
        // What contradicts the latest one may be the command itself, which another process handled since the look at the top (G4).
        const overtaken = await this.#results.find(definition, prepared);
        if (overtaken !== undefined) return overtaken;
        throw missedPrecondition(definition, prepared, before);
      }
      const command = prepared.toCommand(before.state);
      const { gathered, condition } =
        definition.gathers === undefined
          ? nothingGathered
          : await gatheredFor(this.#events, definition.gathers(prepared.aggregateId));
      const facts = { referrers: this.#referrers, gathered };
      const decided = "refused" in command ? command : await this.#decide(definition, before, command, facts);
      const resolution =
        "refused" in decided || (decided.references.length === 0 && condition === undefined)
          ? decided
          : await this.#underConditions(decided, condition, fresh);
      if ("refused" in resolution || resolution.events.length === 0) {
        // Nothing is appended that could tell whether the state was the latest, so make sure of it.
        if (!fresh) {
          fresh = true;
          continue;
        }
        const outcome: RecordedOutcome =
          "refused" in resolution
            ? { status: "refused", code: resolution.code, detail: resolution.detail }
            : { status: "unchanged", version: before.version };
        return this.#results.record(definition, prepared, outcome, before);
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
            return this.#results.ofEvents(definition, prepared, result.firstPosition, result.point.position);
          return this.#accept(definition, stream, prepared, before, resolution, result);
        case "recorded":
          return this.#results.ofOutcome(definition, prepared, result.outcome);
        case "condition-failed": {
          const refusal = resolution.refusals[result.condition];
          if (refusal !== undefined) {
            const { code, detail } = refusal;
            return this.#results.record(definition, prepared, { status: "refused", code, detail }, before);
          }
          // What the decision went by beside the state is not what it was.
          if (decisions >= maxDecisions) throw overtakenTooOften(stream, decisions);
          fresh = true;
          break;
        }
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

  /** Decides here, at once, or has the function decide that the aggregate is decided on by. */
  #decide(
    definition: AggregateDefinition,
    before: Situation,
    command: Command,
    facts: GatheredFacts,
  ): Resolution | Refusal | Promise<Resolution | Refusal> {
    const elsewhere = this.#deciders.get(definition);
    return elsewhere === undefined
      ? decide(definition, before, command, facts)
      : elsewhere(command, before).then((decision) => resolve(definition, before, command, decision));
  }

  /** Adds the conditions under which what the decision went by beside the state still holds: these have no refusal. */
  async #underConditions(
    resolution: Resolution,
    condition: Condition | undefined,
    fresh: boolean,
  ): Promise<Resolution | Refusal> {
    const checked = await this.#references.check(resolution.references, fresh);
    if ("refused" in checked) return checked;
    const conditions = [
      ...resolution.conditions,
      ...checked,
      ...(condition === undefined ? [] : [condition]),
    ];
    return { ...resolution, conditions };
  }

  #accept(
    definition: AggregateDefinition,
    stream: string,
    { key, aggregateId }: PreparedCommand,
    before: Situation,
    resolution: Resolution,
    { firstPosition, recordedAt, point }: Appended,
  ): CommandOutcome {
    const version = before.version + resolution.events.length;
    this.#loader.remember(definition, stream, before, { state: resolution.state, version });
    return {
      status: "accepted",
      repeated: false,
      commandId: key.id,
      aggregateId,
      version,
      stateVersion: definition.stateVersion,
      // Written out: spreading an event here costs as much as deciding on it.
      events: resolution.events.map(({ id, type, data, schemaVersion, metadata, tags }, index) => ({
        id,
        type,
        data,
        stream,
        category: definition.name,
        aggregateId,
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

function overtakenTooOften(stream: string, decisions: number): MillraceError {
  return new MillraceError(
    "conflict",
    `What a command of ${stream} refers to changed ${decisions} times in a row while it was decided. Send the command again.`,
    { data: { stream } },
  );
}
