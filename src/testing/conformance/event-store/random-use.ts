import { AssertionError, deepEqual, ok } from "node:assert/strict";
import type { Condition, EventQuery } from "../../../message/event-query.ts";
import type { ExpectedVersion } from "../../../message/expected-version.ts";
import type { AppendResult, Commit, EventStore } from "../../../ports/event-store.ts";
import type { Promises } from "../conformance-case.ts";
import { sampleCommit, sampleRefusal } from "../sample-commit.ts";
import { type SeededRandom, seededRandom } from "../seeded-random.ts";
import { LogModel, type ModelResult } from "./log-model.ts";

const streams = ["a-1", "a-2", "b-1", "b-2"];
const types = ["Opened", "Noted", "Closed"];
const kinds = ["a", "b"].flatMap((category) => types.map((type) => ({ category, type })));
const tags = ["number:1", "number:2", "bank:x"];

const ticksPerSeed = 40;

function randomCommit(random: SeededRandom, model: LogModel): Commit {
  const known = [...model.commands.keys()];
  const commandId = known.length > 0 && random.below(6) === 0 ? random.one(known) : undefined;
  const command = {
    ...(commandId === undefined ? {} : { commandId }),
    fingerprint: random.below(10) === 0 ? "other" : "usual",
  };
  if (random.below(12) === 0) {
    return sampleRefusal(commandId ?? `refused-${random.below(1_000_000)}`, "no", command.fingerprint);
  }
  const appends = random.some(streams, 1 + random.below(2)).map((stream) => ({
    stream,
    expected: randomExpectation(random, model.versionOf(stream)),
    events: Array.from({ length: 1 + random.below(3) }, () => ({
      type: random.one(types),
      tags: random.some(tags, random.below(3)),
    })),
  }));
  const conditions =
    random.below(3) === 0 ? [randomCondition(random, model), randomCondition(random, model)] : [];
  return sampleCommit(appends, { ...command, conditions });
}

/** Mostly one that holds now; whether it still does depends on the others of its tick. */
function randomExpectation(random: SeededRandom, version: number): ExpectedVersion {
  if (random.below(3) === 0) return "any";
  const wanted = version + (random.below(4) === 0 ? random.below(3) - 1 : 0);
  return wanted < 1 ? "none" : wanted;
}

function randomCondition(random: SeededRandom, { log }: LogModel): Condition {
  const query = (): EventQuery => ({
    ...(random.below(2) === 0 ? { types: random.some(types, random.below(3)) } : {}),
    ...(random.below(3) > 0 ? { tags: random.some(tags, 1 + random.below(2)) } : {}),
  });
  return {
    queries: Array.from({ length: 1 + random.below(2) }, query),
    // Mostly near the head, or hardly any would hold.
    after: Math.max(0, log.length - random.below(4)),
    ...(random.below(3) === 0 ? { exceptStream: random.one(streams) } : {}),
  };
}

/** A result in the terms of the model. */
function inModelTerms(settled: PromiseSettledResult<AppendResult>): object {
  if (settled.status === "rejected") return { rejected: settled.reason?.code ?? settled.reason };
  if (settled.value.status !== "appended") return settled.value;
  const { point, recordedAt: _recordedAt, ...rest } = settled.value;
  return { ...rest, position: point.position, eventId: point.eventId };
}

/** What a store must have answered, if the model's log is as its own. */
function expectSame(
  settled: PromiseSettledResult<AppendResult>,
  expected: ModelResult,
  model: LogModel,
): void {
  const found = inModelTerms(settled);
  if (!("ids" in expected)) {
    deepEqual(found, expected);
    return;
  }
  const { ids, ...others } = expected;
  const positions = ids.map((id) => model.positionOf(id));
  if (expected.status === "appended") {
    const [firstPosition, position] = [positions[0], positions.at(-1)];
    deepEqual(found, { ...others, firstPosition, position, eventId: ids.at(-1) });
    return;
  }
  // Any one of the events that match may be named.
  const { position, ...rest } = found as { readonly position?: number };
  deepEqual(rest, others);
  ok(position !== undefined && positions.includes(position), `position ${position} of ${positions.join()}`);
}

/** Where the events of each command were found to begin. */
function firstPositions(
  commits: readonly Commit[],
  results: readonly PromiseSettledResult<AppendResult>[],
): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  for (const [index, { command }] of commits.entries()) {
    const settled = results[index];
    if (settled?.status !== "fulfilled" || settled.value.status !== "appended") continue;
    found.set(command.id, settled.value.firstPosition);
  }
  return found;
}

async function readRandomly(events: EventStore, model: LogModel, random: SeededRandom): Promise<void> {
  const stream = random.one(streams);
  const options = {
    direction: random.one(["forward", "backward"] as const),
    limit: 1 + random.below(6),
    ...(random.below(2) === 0 ? { from: 1 + random.below(model.versionOf(stream) + 2) } : {}),
  };
  const read = await events.readStream(stream, options);
  deepEqual(
    read.map(({ id }) => id),
    model.readStream(stream, options),
    JSON.stringify({ stream, options }),
  );
  const filter = random.one([{}, { types: random.some(types, 2) }, { except: random.some(kinds, 2) }]);
  const page = { ...filter, after: random.below(model.log.length + 1), limit: 1 + random.below(9) };
  const { events: found, through } = await events.readLog(page);
  const expected = model.readLog(page);
  const ids = found.map(({ id }) => id);
  // A page may end early, but only where it says so.
  deepEqual(ids, expected.slice(0, ids.length), JSON.stringify(page));
  const rest = model.readLog({ ...page, limit: Number.MAX_SAFE_INTEGER }).slice(ids.length);
  const next = model.log.findIndex(({ event }) => event.id === rest[0]) + 1;
  ok(next === 0 || through.position < next, `${JSON.stringify(page)} went through ${through.position}`);
}

async function useRandomly(events: EventStore, seed: number): Promise<void> {
  const random = seededRandom(seed);
  const model = new LogModel();
  for (let tick = 0; tick < ticksPerSeed; tick++) {
    // Made before any is appended: what they expect of each other's streams is sometimes out of date.
    const commits = Array.from({ length: 1 + random.below(8) }, () => randomCommit(random, model));
    const results = await Promise.allSettled(commits.map((commit) => events.append(commit)));
    const before = model.log.length;
    const expected = commits.map((commit) => model.append(commit));
    const found = firstPositions(commits, results);
    model.arrange(before, (commandId) => found.get(commandId) ?? 0);
    for (const [index, commit] of commits.entries()) {
      try {
        expectSame(
          results[index] as PromiseSettledResult<AppendResult>,
          expected[index] as ModelResult,
          model,
        );
      } catch (cause) {
        const what = `seed ${seed}, tick ${tick}, append ${index}: ${JSON.stringify(commit)}`;
        throw new AssertionError({ message: `${what}\n${(cause as Error).message}` });
      }
    }
    await readRandomly(events, model, random);
  }
  const { events: log } = await events.readLog({ after: 0, limit: model.log.length + 1 });
  deepEqual(
    log.map(({ id, stream, version, type, tags }) => ({ id, stream, version, type, tags })),
    model.log.map(({ stream, version, event: { id, type, tags } }) => ({ id, stream, version, type, tags })),
  );
  for (const [commandId, { fingerprint }] of model.commands) {
    deepEqual((await events.findCommand(commandId))?.fingerprint, fingerprint);
  }
}

export function randomUse(seeds: readonly number[]): Promises {
  return Object.fromEntries(
    seeds.map((seed) => [
      `G2, G4 and G11: ticks of random appends do what a model of the contract says (seed ${seed})`,
      ({ events }) => useRandomly(events, seed),
    ]),
  );
}
