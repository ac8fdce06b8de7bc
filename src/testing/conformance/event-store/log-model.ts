import type { NewEvent } from "../../../message/event.ts";
import { matchesQuery } from "../../../message/event-query.ts";
import { meetsExpectation } from "../../../message/expected-version.ts";
import type { Commit, ReadLogOptions, ReadStreamOptions } from "../../../ports/event-store.ts";

interface ModelEvent {
  readonly stream: string;
  readonly version: number;
  readonly event: NewEvent;
}

/** The contract of an append in its plainest form: what each call, in its turn, must come to. */
export class LogModel {
  readonly log: ModelEvent[] = [];
  readonly commands = new Map<string, { readonly fingerprint: string; readonly result: object }>();

  versionOf(stream: string): number {
    return this.log.filter((entry) => entry.stream === stream).length;
  }

  /** What an append leads to, without what only a store can know: its log's id and the time. */
  append({ command, appends, conditions = [], outcome }: Commit): object {
    const earlier = this.commands.get(command.id);
    if (earlier !== undefined) {
      if (earlier.fingerprint !== command.fingerprint) return { rejected: "command-id-reused" };
      return { ...earlier.result, repeated: true };
    }
    const result = outcome === undefined ? this.#failure(appends, conditions) : undefined;
    if (result !== undefined) return result;
    const done = outcome === undefined ? this.#record(appends) : { status: "recorded", outcome };
    this.commands.set(command.id, { fingerprint: command.fingerprint, result: done });
    return { ...done, repeated: false };
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

  #failure(appends: Commit["appends"], conditions: NonNullable<Commit["conditions"]>): object | undefined {
    for (const { stream, expected } of appends) {
      const actual = this.versionOf(stream);
      if (!meetsExpectation(expected, actual)) return { status: "conflict", stream, expected, actual };
    }
    for (const [condition, { queries, after, exceptStream }] of conditions.entries()) {
      const positions = this.log.flatMap(({ stream, event }, index) =>
        index >= after && stream !== exceptStream && queries.some((query) => matchesQuery(query, event))
          ? [index + 1]
          : [],
      );
      if (positions.length > 0) return { status: "condition-failed", condition, positions };
    }
    return undefined;
  }

  #record(appends: Commit["appends"]): object {
    const firstPosition = this.log.length + 1;
    for (const { stream, events } of appends) {
      for (const event of events) this.log.push({ stream, version: this.versionOf(stream) + 1, event });
    }
    const eventId = this.log.at(-1)?.event.id ?? "";
    return { status: "appended", firstPosition, position: this.log.length, eventId };
  }
}
