import type { NewEvent } from "../../../message/event.ts";
import { matchesQuery } from "../../../message/event-query.ts";
import { meetsExpectation } from "../../../message/expected-version.ts";
import type { Commit, ReadLogOptions, ReadStreamOptions } from "../../../ports/event-store.ts";

interface ModelEvent {
  readonly commandId: string;
  readonly stream: string;
  readonly version: number;
  readonly event: NewEvent;
}

/** What a command has led to for good. */
type ModelRecord =
  | { readonly status: "appended"; readonly repeated: boolean; readonly ids: readonly string[] }
  | { readonly status: "recorded"; readonly repeated: boolean; readonly outcome: object };

/** What an append comes to, with the ids of events in the place of their positions. */
export type ModelResult =
  | ModelRecord
  | { readonly rejected: string }
  | {
      readonly status: "conflict";
      readonly stream: string;
      readonly expected: unknown;
      readonly actual: number;
    }
  | { readonly status: "condition-failed"; readonly condition: number; readonly ids: readonly string[] };

/** The contract of an append in its plainest form: what each call, in its turn, must come to. */
export class LogModel {
  readonly log: ModelEvent[] = [];
  readonly commands = new Map<string, { readonly fingerprint: string; readonly result: ModelRecord }>();

  versionOf(stream: string): number {
    return this.log.filter((entry) => entry.stream === stream).length;
  }

  /** What an append leads to, without what only a store can know: its log's id and the time. */
  append({ command, appends, conditions = [], outcome }: Commit): ModelResult {
    const earlier = this.commands.get(command.id);
    if (earlier !== undefined) {
      if (earlier.fingerprint !== command.fingerprint) return { rejected: "command-id-reused" };
      return { ...earlier.result, repeated: true };
    }
    const failure = outcome === undefined ? this.#failure(appends, conditions) : undefined;
    if (failure !== undefined) return failure;
    const result: ModelRecord =
      outcome === undefined
        ? { status: "appended", repeated: false, ids: this.#record(command.id, appends) }
        : { status: "recorded", repeated: false, outcome };
    this.commands.set(command.id, { fingerprint: command.fingerprint, result });
    return result;
  }

  /**
   * Puts the events after the first `count` into the order of their commands' positions: calls that have nothing to do with each other
   * need not be written in their order.
   */
  arrange(count: number, positionOf: (commandId: string) => number): void {
    const after = this.log.splice(count);
    this.log.push(...after.sort((a, b) => positionOf(a.commandId) - positionOf(b.commandId)));
  }

  positionOf(eventId: string): number {
    return this.log.findIndex(({ event }) => event.id === eventId) + 1;
  }

  readStream(stream: string, { from, direction = "forward", limit }: ReadStreamOptions): readonly string[] {
    const forward = this.log.filter((entry) => entry.stream === stream);
    const entries = direction === "forward" ? forward : forward.toReversed();
    return entries
      .filter(
        ({ version }) => from === undefined || (direction === "forward" ? version >= from : version <= from),
      )
      .slice(0, limit)
      .map(({ event }) => event.id);
  }

  /** The ids of a page of `limit` events. */
  readLog({ after, limit, types, except = [] }: ReadLogOptions): readonly string[] {
    return this.log
      .slice(after)
      .filter(
        ({ stream, event: { type } }) =>
          types?.includes(type) !== false &&
          !except.some((kind) => kind.type === type && stream.startsWith(`${kind.category}-`)),
      )
      .slice(0, limit)
      .map(({ event }) => event.id);
  }

  #failure(
    appends: Commit["appends"],
    conditions: NonNullable<Commit["conditions"]>,
  ): ModelResult | undefined {
    for (const { stream, expected } of appends) {
      const actual = this.versionOf(stream);
      if (!meetsExpectation(expected, actual)) return { status: "conflict", stream, expected, actual };
    }
    for (const [condition, { queries, after, exceptStream }] of conditions.entries()) {
      const ids = this.log.flatMap(({ stream, event }, index) =>
        index >= after && stream !== exceptStream && queries.some((query) => matchesQuery(query, event))
          ? [event.id]
          : [],
      );
      if (ids.length > 0) return { status: "condition-failed", condition, ids };
    }
    return undefined;
  }

  #record(commandId: string, appends: Commit["appends"]): readonly string[] {
    for (const { stream, events } of appends) {
      for (const event of events) {
        this.log.push({ commandId, stream, version: this.versionOf(stream) + 1, event });
      }
    }
    return appends.flatMap(({ events }) => events.map(({ id }) => id));
  }
}
