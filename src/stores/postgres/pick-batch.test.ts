import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Condition } from "../../message/event-query.ts";
import { sampleCommit } from "../../testing/conformance/sample-commit.ts";
import { type PendingCommit, toPendingCommit } from "../foundation/pending-commit.ts";
import { pickBatch } from "./pick-batch.ts";

interface ModelEvent {
  readonly stream: string;
  readonly type: string;
  readonly tags: readonly string[];
}

/** What becomes of a commit, without positions: they tell in which order batches were written, which is nobody's concern. */
type Outcome =
  | { readonly status: "appended" | "recorded"; readonly before?: readonly number[] }
  | { readonly status: "repeated"; readonly first: Outcome }
  | { readonly status: "conflict"; readonly stream: string; readonly actual: number }
  | { readonly status: "condition-failed"; readonly condition: number };

/** A log as plain as can be. A batch looks for commands and for events that conditions mean in what was there before it. */
class Model {
  readonly #events: ModelEvent[] = [];
  readonly #commands = new Map<string, Outcome>();

  write(batch: readonly PendingCommit[]): readonly Outcome[] {
    const events = [...this.#events];
    const commands = new Map(this.#commands);
    return batch.map((commit) => {
      const { command, appends, outcome } = commit;
      const first = commands.get(command.id);
      if (first !== undefined) return { status: "repeated", first };
      const written = outcome === undefined ? this.#refusal(commit, events) : { status: "recorded" as const };
      if (written !== undefined && written.status !== "recorded") return written;
      const before = appends.map(({ stream }) => this.versionOf(stream));
      const result: Outcome = written ?? { status: "appended", before };
      if (this.#commands.has(command.id)) throw new Error(`${command.id} was recorded twice`);
      this.#commands.set(command.id, result);
      for (const { stream, events: added } of appends) {
        this.#events.push(...added.map(({ type, tags }) => ({ stream, type, tags })));
      }
      return result;
    });
  }

  versionOf(stream: string): number {
    return this.#events.filter((event) => event.stream === stream).length;
  }

  #refusal({ appends, conditions }: PendingCommit, events: readonly ModelEvent[]): Outcome | undefined {
    for (const { stream, expected } of appends) {
      const actual = this.versionOf(stream);
      if (expected !== "any" && actual !== (expected === "none" ? 0 : expected)) {
        return { status: "conflict", stream, actual };
      }
    }
    const condition = conditions.findIndex(({ queries, after, exceptStream }) =>
      queries.some(({ types, tags = [] }) =>
        events
          .slice(after)
          .some(
            (event) =>
              (types?.includes(event.type) ?? true) &&
              tags.every((tag) => event.tags.includes(tag)) &&
              event.stream !== exceptStream,
          ),
      ),
    );
    return condition < 0 ? undefined : { status: "condition-failed", condition };
  }
}

const streams = fc.constantFrom("a-1", "a-2", "b-1");
const types = fc.constantFrom("Opened", "Closed", "Moved");
const tags = fc.uniqueArray(fc.constantFrom("red", "green", "blue"), { maxLength: 2 });

const queries = fc.record(
  { types: fc.uniqueArray(types, { minLength: 1, maxLength: 2 }), tags },
  { requiredKeys: [] },
);

/** `head` is the end of the log that the caller has seen. */
const conditions = (head: number): fc.Arbitrary<Condition> =>
  fc.record(
    {
      queries: fc.array(queries, { minLength: 1, maxLength: 2 }),
      after: fc.nat({ max: head }),
      exceptStream: streams,
    },
    { requiredKeys: ["queries", "after"] },
  );

const appends = fc.uniqueArray(
  fc.record({
    stream: streams,
    expected: fc.oneof(fc.constantFrom("any" as const, "none" as const), fc.integer({ min: 1, max: 4 })),
    events: fc.array(fc.record({ type: types, tags }), { minLength: 1, maxLength: 2 }),
  }),
  { selector: ({ stream }) => stream, minLength: 1, maxLength: 2 },
);

const commandId = fc.integer({ min: 1, max: 12 }).map((number) => `command-${number}`);

function commits(head: number): fc.Arbitrary<PendingCommit> {
  const writing = fc
    .record({
      commandId,
      appends,
      conditions: fc.oneof(
        { weight: 2, arbitrary: fc.constant([]) },
        { weight: 1, arbitrary: fc.array(conditions(head), { minLength: 1, maxLength: 2 }) },
      ),
    })
    .map(({ appends, ...rest }) => toPendingCommit(sampleCommit(appends, rest)));
  const refusing = commandId.map((id) =>
    toPendingCommit(sampleCommit([], { commandId: id, outcome: { status: "unchanged", version: 1 } })),
  );
  return fc.oneof({ weight: 6, arbitrary: writing }, { weight: 1, arbitrary: refusing });
}

/** Commits in the order of the calls, those of one list at a time while a batch is under way. */
const arrivals = fc.array(fc.array(commits(3), { maxLength: 8 }), { maxLength: 4 });

const earlier = toPendingCommit(
  sampleCommit(
    { stream: "a-1", events: [{ type: "Opened", tags: ["red"] }, { type: "Moved" }, { type: "Moved" }] },
    { commandId: "command-1" },
  ),
);

function plain(id: number, size: number): PendingCommit {
  return { ...toPendingCommit(sampleCommit({ stream: `a-${id}` }, { commandId: `c-${id}` })), size };
}

describe("the members of a batch", () => {
  test("G11: each commit has the result that it would have had alone, in the order of the calls", () => {
    fc.assert(
      fc.property(arrivals, (lists) => {
        const [alone, batched] = [new Model(), new Model()];
        for (const model of [alone, batched]) model.write([earlier]);
        const calls = lists.flat();
        const expected = calls.map((commit) => alone.write([commit])[0]);

        const results = new Map<PendingCommit, Outcome | undefined>();
        let waiting: readonly PendingCommit[] = [];
        const coming = [...lists];
        while (waiting.length > 0 || coming.length > 0) {
          waiting = [...waiting, ...(coming.shift() ?? [])];
          const { taken, left } = pickBatch(waiting);
          expect([...taken, ...left].sort((a, b) => a - b)).toEqual([...waiting.keys()]);
          expect(taken.length > 0 || waiting.length === 0).toBe(true);
          const batch = taken.map((index) => waiting[index] as PendingCommit);
          for (const [index, result] of batched.write(batch).entries()) {
            results.set(batch[index] as PendingCommit, result);
          }
          waiting = left.map((index) => waiting[index] as PendingCommit);
        }
        expect(calls.map((commit) => results.get(commit))).toEqual(expected);
      }),
      { numRuns: 2000 },
    );
  });

  test("commits that have nothing to do with each other travel together", () => {
    const waiting = Array.from({ length: 512 }, (_, id) => plain(id, 10));
    expect(pickBatch(waiting)).toEqual({ taken: [...waiting.keys()], left: [] });
    const sameStream = waiting.map(({ command, ...rest }) => ({
      ...rest,
      command,
      appends: earlier.appends,
    }));
    expect(pickBatch(sameStream).left).toEqual([]);
  });

  test("a batch ends at 512 commits, or with the one that reaches 4 MiB, and takes one however large", () => {
    const sizes = fc.array(fc.oneof(fc.nat({ max: 100 }), fc.nat({ max: 6 * 2 ** 20 })), { maxLength: 30 });
    fc.assert(
      fc.property(sizes, fc.constantFrom(0, 500, 600), (some, many) => {
        const all = [...Array<number>(many).fill(1), ...some];
        const { taken, left } = pickBatch(all.map((size, id) => plain(id, size)));
        expect([...taken, ...left]).toEqual([...all.keys()]);
        const sizeOf = (end: number) => all.slice(0, end).reduce((sum, size) => sum + size, 0);
        expect(taken.length).toBeLessThanOrEqual(512);
        expect(taken.length < 2 || sizeOf(taken.length - 1) < 4 * 2 ** 20).toBe(true);
        const isFull = taken.length === 512 || sizeOf(taken.length) >= 4 * 2 ** 20;
        expect(left.length === 0 || isFull).toBe(true);
      }),
    );
  });
});
