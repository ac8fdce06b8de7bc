import assert from "node:assert/strict";
import type { AggregateTypes, AnyAggregate } from "../domain/aggregate.ts";
import type { AggregateDefinition } from "../domain/aggregate-definition.ts";
import { decide, type Resolution, type Situation } from "../domain/decide.ts";
import type { Refusal } from "../domain/decision.ts";
import { type AnyState, fold } from "../domain/fold.ts";
import { jsonSchemaOf, parse } from "../domain/schema.ts";
import type { Command } from "../message/command.ts";
import { canonicalJson } from "../message/json.ts";
import { jsonLossOf } from "./json-loss.ts";
import { randomData, seeded } from "./random-data.ts";
import { recordEvents } from "./record-events.ts";

export interface GuardOptions<T extends AggregateTypes> {
  /** Walks through states, each from the beginning; default 200. */
  readonly walks?: number;
  /** Commands tried at each step of a walk; default 20. */
  readonly steps?: number;
  /** Default random; a failure names it. */
  readonly seed?: number;
  /** See `DecisionFacts`; default none. */
  readonly referrers?: readonly string[];
  /** Data for commands whose schema says more than its JSON Schema can (a pattern, a check of its own). */
  readonly examples?: { readonly [K in keyof T["commands"]]?: readonly T["commands"][K]["input"][] };
}

export interface GuardReport {
  readonly seed: number;
  /** How often each command was accepted. */
  readonly accepted: Readonly<Record<string, number>>;
  /** Commands that were never accepted: guards or examples that say too little. */
  readonly never: readonly string[];
}

/**
 * Walks through the states of an aggregate with random commands and holds what it declares together: where a guard (`when`)
 * says no, `decide` refuses; `evolve` never throws; every state fits its schema and JSON; and events that have been through
 * JSON fold to the same state. Throws an `AssertionError` that names the seed.
 */
export function checkGuards<T extends AggregateTypes>(
  aggregate: AnyAggregate<T>,
  options: GuardOptions<T> = {},
): GuardReport {
  const { walks = 200, steps = 20, seed = Math.floor(Math.random() * 2 ** 31), referrers = [] } = options;
  const { definition } = aggregate;
  const random = seeded(seed);
  const examples = (options.examples ?? {}) as Readonly<Record<string, readonly unknown[] | undefined>>;
  const types = Object.keys(definition.commands);
  const accepted: Record<string, number> = Object.fromEntries(types.map((type) => [type, 0]));
  const because = (what: string) => `${definition.name}: ${what} (seed ${seed})`;
  const dataFor = (type: string): unknown => {
    const given = examples[type];
    const schema = definition.commands[type];
    if (given !== undefined) return given[Math.floor(random() * given.length)];
    return schema === undefined
      ? undefined
      : randomData(jsonSchemaOf(schema, "input", `${definition.name}.${type}`), random);
  };

  for (let walk = 0; walk < walks; walk++) {
    let situation: Situation = { state: definition.initialState, version: 0 };
    for (let step = 0; step < steps; step++) {
      const type = types[Math.floor(random() * types.length)] ?? "";
      if (definition.creates !== undefined && (type === definition.creates) !== (situation.version === 0))
        continue;
      const schema = definition.commands[type];
      const parsed = schema === undefined ? undefined : parse(schema, dataFor(type));
      if (parsed === undefined || parsed.issues !== undefined) continue;
      const offered =
        (definition.when[type] as ((state: AnyState) => boolean) | undefined)?.(situation.state) ?? true;
      const command = {
        type,
        data: parsed.value,
        id: `command-${walk}-${step}`,
        aggregateId: "test",
        receivedAt: new Date(0).toISOString(),
        metadata: { correlationId: "test", depth: 0 },
      };
      const resolution = decideOrSay(definition, situation, command, referrers, because);
      if ("refused" in resolution) continue;
      const loss = jsonLossOf(resolution.state);
      assert.ok(
        loss === undefined,
        because(`${type} leads to a state that JSON, and so a snapshot, cannot hold: ${loss}`),
      );
      assert.ok(
        offered,
        because(
          `${type} is not offered in the state ${JSON.stringify(situation.state)}, and decide accepts it with ${JSON.stringify(parsed.value)}`,
        ),
      );
      const fits = parse(definition.state, resolution.state);
      assert.ok(
        fits.issues === undefined,
        because(
          `${type} leads to the state ${JSON.stringify(resolution.state)}, which does not fit its schema: ${JSON.stringify(fits.issues)}`,
        ),
      );
      const from = { version: situation.version, position: 0, recordedAt: 0 };
      const again = fold(
        definition,
        situation.state,
        recordEvents(definition, "test", resolution.events, from),
      );
      assert.equal(
        canonicalJson(again),
        canonicalJson(resolution.state),
        because(`the events of ${type} fold to another state after JSON`),
      );
      accepted[type] = (accepted[type] ?? 0) + 1;
      situation = { state: resolution.state, version: situation.version + resolution.events.length };
    }
  }
  return { seed, accepted, never: types.filter((type) => accepted[type] === 0) };
}

/** A throw in `decide` or `evolve` says which command in which state led to it, and the seed. */
function decideOrSay(
  definition: AggregateDefinition,
  situation: Situation,
  command: Command,
  referrers: readonly string[],
  because: (what: string) => string,
): Resolution | Refusal {
  try {
    return decide(definition, situation, command, { referrers, gathered: [] });
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    const { state } = situation;
    const message = because(
      `${command.type} with ${JSON.stringify(command.data)} in the state ${JSON.stringify(state)}: ${why}`,
    );
    throw Object.assign(new assert.AssertionError({ message }), { cause });
  }
}
