import type { AggregateDefinition } from "../domain/aggregate-definition.ts";
import type { Situation } from "../domain/decide.ts";
import { upcastEvent } from "../domain/fold.ts";
import { MillraceError } from "../errors/millrace-error.ts";
import type { RecordedEvent } from "../message/event.ts";
import type { EventStore, RecordedOutcome } from "../ports/event-store.ts";
import type { AggregateLoader } from "./aggregate-loader.ts";
import type { PreparedCommand } from "./prepare-command.ts";
import type { CommandOutcome } from "./runtime.ts";

/** The first result of every command that can come again is what each repeat of it gets (G4). */
export class FirstResults {
  readonly #events: EventStore;
  readonly #loader: AggregateLoader;

  constructor(events: EventStore, loader: AggregateLoader) {
    this.#events = events;
    this.#loader = loader;
  }

  /** The result of a command that was handled before; only ids that somebody can know are looked up. */
  async find(
    definition: AggregateDefinition,
    prepared: PreparedCommand,
  ): Promise<CommandOutcome | undefined> {
    if (!prepared.repeatable) return undefined;
    const record = await this.#events.findCommand(prepared.key.id);
    if (record === undefined) return undefined;
    if (record.fingerprint !== "" && record.fingerprint !== prepared.key.fingerprint) {
      throw new MillraceError(
        "command-id-reused",
        "This idempotency key was used before, for another command: expected the same aggregate, command and data, or a new key.",
        { data: { commandId: prepared.key.id } },
      );
    }
    return record.status === "recorded"
      ? this.ofOutcome(definition, prepared, record.outcome)
      : this.ofEvents(definition, prepared, record.firstPosition, record.lastPosition);
  }

  /** The result of a command that led to the events between two positions. */
  async ofEvents(
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
      commandId: prepared.key.id,
      aggregateId: last.aggregateId,
      version,
      stateVersion: definition.stateVersion,
      events: events.map((event) => upcastEvent(definition, event)),
      state,
      point: { logId, position: last.position, eventId: last.id },
    };
  }

  /** The result of a command that was recorded to have led to no events. */
  async ofOutcome(
    definition: AggregateDefinition,
    prepared: PreparedCommand,
    outcome: RecordedOutcome,
  ): Promise<CommandOutcome> {
    if (outcome.status === "refused") return refusedOutcome(prepared, true, outcome);
    const { version } = outcome;
    const situation = await this.#loader.loadAt(definition, prepared.aggregateId, { version });
    return this.#unchanged(definition, prepared, true, situation);
  }

  /** Records how a command ended that led to no events, and makes the result of it. */
  async record(
    definition: AggregateDefinition,
    prepared: PreparedCommand,
    outcome: RecordedOutcome,
    situation: Situation,
  ): Promise<CommandOutcome> {
    if (prepared.repeatable) {
      const result = await this.#events.append({ command: prepared.key, appends: [], outcome });
      if (result.status !== "recorded" || result.repeated) {
        // Another process handled the same command in the meantime: its result is the first.
        const first = await this.find(definition, prepared);
        if (first !== undefined) return first;
      }
    }
    return outcome.status === "refused"
      ? refusedOutcome(prepared, false, outcome)
      : this.#unchanged(definition, prepared, false, situation);
  }

  async #unchanged(
    definition: AggregateDefinition,
    { key, aggregateId }: PreparedCommand,
    repeated: boolean,
    { state, version }: Situation,
  ): Promise<CommandOutcome> {
    return {
      status: "accepted",
      repeated,
      commandId: key.id,
      aggregateId,
      version,
      stateVersion: definition.stateVersion,
      events: [],
      state,
      point: await this.#events.head(),
    };
  }
}

function refusedOutcome(
  { key }: PreparedCommand,
  repeated: boolean,
  { code, detail }: { readonly code: string; readonly detail: string },
): CommandOutcome {
  return { status: "refused", repeated, commandId: key.id, code, detail };
}
