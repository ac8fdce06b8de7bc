import assert from "node:assert/strict";
import type { AggregateTypes, AnyAggregate, StateOf } from "../domain/aggregate.ts";
import { decide, type Resolution } from "../domain/decide.ts";
import type { Refusal } from "../domain/decision.ts";
import { fold } from "../domain/fold.ts";
import { parse } from "../domain/schema.ts";
import { type EventToRecord, recordEvents } from "./record-events.ts";

/** What has happened to an aggregate before the command of a test. */
export interface Given<A, T extends AggregateTypes> {
  /** The state after the given events. */
  readonly state: StateOf<A>;
  /** Handles a command as the service would: validates its data, decides, folds. */
  when<K extends keyof T["commands"] & string>(
    type: K,
    data: T["commands"][K]["input"],
    at?: CommandAt,
  ): Decided<A>;
}

export interface CommandAt {
  /** Default `test`. */
  readonly aggregateId?: string;
  /** ISO 8601; default the epoch. */
  readonly receivedAt?: string;
  readonly actor?: string;
  /** See `DecisionFacts`; default none. */
  readonly referrers?: readonly string[];
}

/** What came of a command. Each expectation throws an `AssertionError` with the difference, under any test runner. */
export interface Decided<A> {
  readonly events: readonly EventToRecord<A>[];
  readonly refusal: Refusal | undefined;
  /** The state after the command. */
  readonly state: StateOf<A>;
  /** Exactly these events, in this order. */
  expectEvents(...events: readonly EventToRecord<A>[]): Decided<A>;
  /** A refusal with this code. */
  expectRefusal(code: string): Decided<A>;
  /** Exactly this state. */
  expectState(state: StateOf<A>): Decided<A>;
}

/** Begins a test of an aggregate: `given(account, …events).when("SuspendAccount", { … }).expectEvents(…)`. */
export function given<T extends AggregateTypes>(
  aggregate: AnyAggregate<T>,
  ...events: readonly EventToRecord<AnyAggregate<T>>[]
): Given<AnyAggregate<T>, T> {
  type A = AnyAggregate<T>;
  const { definition } = aggregate;
  const past = recordEvents(definition, "test", events, { version: 0, position: 0, recordedAt: 0 });
  const state = fold(definition, definition.initialState, past);
  return {
    state: state as StateOf<A>,
    when(type, data, at = {}) {
      const { aggregateId = "test", receivedAt = new Date(0).toISOString(), actor, referrers = [] } = at;
      const schema = definition.commands[type];
      assert.ok(schema !== undefined, `${definition.name} has no command ${type}`);
      const { creates } = definition;
      assert.ok(
        creates === undefined || (type === creates) === (past.length === 0),
        type === creates
          ? `${type} begins a ${definition.name}, so no events can be given`
          : `${type} needs a ${definition.name} that exists: give the event ${definition.begins} first`,
      );
      const parsed = parse(schema, data);
      if (parsed.issues !== undefined) {
        assert.fail(
          `the data of ${type} does not fit its schema: ${parsed.issues.map(({ pointer, message }) => `${pointer || "/"} ${message}`).join("; ")}`,
        );
      }
      const metadata = { correlationId: "test", depth: 0, ...(actor === undefined ? {} : { actor }) };
      const command = { type, data: parsed.value, id: "command", aggregateId, receivedAt, metadata };
      return decided<A>(
        type,
        state as StateOf<A>,
        decide(definition, { state, version: past.length }, command, { referrers, gathered: [] }),
      );
    },
  };
}

function decided<A>(type: string, before: StateOf<A>, resolution: Resolution | Refusal): Decided<A> {
  const refusal = "refused" in resolution ? resolution : undefined;
  const events = ("refused" in resolution ? [] : resolution.events).map((event) => ({
    type: event.type,
    data: event.data,
  }));
  const result: Decided<A> = {
    // `decide` works on erased events; those of this aggregate are what it gives back.
    events: events as unknown as readonly EventToRecord<A>[],
    refusal,
    state: ("refused" in resolution ? before : resolution.state) as StateOf<A>,
    expectEvents(...expected) {
      assert.ok(refusal === undefined, `${type} was refused with ${refusal?.code}: ${refusal?.detail}`);
      assert.deepEqual(events, expected, `${type} led to other events`.concat(difference(events, expected)));
      return result;
    },
    expectRefusal(code) {
      assert.ok(
        refusal !== undefined,
        `${type} was expected to be refused with ${code}, and led to ${JSON.stringify(events)}`,
      );
      assert.equal(
        refusal.code,
        code,
        `${type} was refused with ${refusal.code} (${refusal.detail}), not with ${code}`,
      );
      return result;
    },
    expectState(expected) {
      assert.deepEqual(
        result.state,
        expected,
        `${type} led to another state`.concat(difference(result.state, expected)),
      );
      return result;
    },
  };
  return result;
}

function difference(actual: unknown, expected: unknown): string {
  return `\n  expected ${JSON.stringify(expected)}\n  found    ${JSON.stringify(actual)}`;
}
