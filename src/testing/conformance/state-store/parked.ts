import { deepEqual, equal, ok } from "node:assert/strict";
import type { ParkedEvent } from "../../../ports/parked-event.ts";
import type { StateStore } from "../../../ports/state-store.ts";
import type { Promises } from "../conformance-case.ts";
import { inTime, rejectsWith, trySpoiling } from "../expectations.ts";
import { progressOf, start } from "../sample-processor.ts";

const processor = "policy:a";
const failure = { position: 3, code: "domain-threw", message: "no 😀", attempts: 2, at: 1_700_000_000_000 };

function parkedAt(sequence: string, position: number, rest: Partial<ParkedEvent> = {}): ParkedEvent {
  return { sequence, position, ...rest };
}

async function park(state: StateStore, ...events: readonly ParkedEvent[]): Promise<void> {
  await start(state, processor);
  equal(await state.commitProgress(progressOf(processor, { park: events })), "committed");
}

async function placesOf(
  state: StateStore,
  options?: { readonly sequence?: string; readonly limit?: number },
): Promise<readonly string[]> {
  return (await state.listParked(processor, options)).map(
    ({ sequence, position }) => `${sequence}:${position}`,
  );
}

export const parked: Promises = {
  "G6: parked events come by position, as they were parked": async ({ state }) => {
    const events = [
      parkedAt("é", 1, { failure }),
      parkedAt("a", 2, { failure: { ...failure, stack: "at x\nat y" } }),
      parkedAt("😀", 4),
      parkedAt("\uffff", 5),
      parkedAt("a", 10),
      parkedAt("a", 9_007_199_254_740_991, { retryAt: 1_700_000_000_000 }),
    ];
    await park(state, ...events.toReversed());
    deepEqual(await state.listParked(processor), events);
    deepEqual(await state.listParked("policy:ab"), []);
    deepEqual(await placesOf(state, { sequence: "a" }), ["a:2", "a:10", "a:9007199254740991"]);
    deepEqual(await placesOf(state, { sequence: "A" }), []);
    deepEqual(await placesOf(state, { limit: 2 }), ["é:1", "a:2"]);
    deepEqual(await placesOf(state, { sequence: "a", limit: 1 }), ["a:2"]);
    deepEqual((await placesOf(state, { limit: 100 })).length, 6);
  },

  "G6: parked sequences come in code point order, each with its first event and their number": async ({
    state,
  }) => {
    const first = parkedAt("a", 2, { failure, retryAt: 0 });
    const events = [
      parkedAt("a", 3),
      parkedAt("a", 10),
      parkedAt("é", 1),
      parkedAt("\uffff", 5),
      parkedAt("😀", 4),
    ];
    await park(state, ...events, first);
    const sequences = [
      { sequence: "a", events: 3, first },
      ...events.slice(2).map((event) => ({ sequence: event.sequence, events: 1, first: event })),
    ];
    deepEqual(await state.listParkedSequences(processor), sequences);
    deepEqual(await state.listParkedSequences(processor, { limit: 2 }), sequences.slice(0, 2));
    deepEqual(await state.listParkedSequences(processor, { after: "é", limit: 1 }), sequences.slice(2, 3));
    deepEqual(await state.listParkedSequences(processor, { after: "b" }), sequences.slice(1));
    deepEqual(await state.listParkedSequences(processor, { after: "😀" }), []);
    deepEqual(await state.listParkedSequences("policy:ab"), []);
  },

  "parking an event that is parked already replaces it": async ({ state }) => {
    await park(state, parkedAt("a", 2, { failure, retryAt: 7 }), parkedAt("a", 3));
    const again = parkedAt("a", 2, { failure: { ...failure, attempts: 3 } });
    await park(state, again);
    deepEqual(await state.listParked(processor), [again, parkedAt("a", 3)]);
    await park(state, parkedAt("a", 2));
    deepEqual(await state.listParked(processor), [parkedAt("a", 2), parkedAt("a", 3)]);
  },

  "an event that was handled after all is parked no more, alone": async ({ state }) => {
    await park(state, parkedAt("a", 2), parkedAt("a", 3), parkedAt("b", 2));
    const unpark = [{ sequence: "a", position: 2 }];
    equal(await state.commitProgress(progressOf(processor, { unpark })), "committed");
    deepEqual(await placesOf(state), ["b:2", "a:3"]);
  },

  "an event that is parked and handled in one commit is not parked": async ({ state }) => {
    await park(state, parkedAt("a", 2, { failure }), parkedAt("a", 3));
    const both = { park: [parkedAt("a", 2), parkedAt("b", 5)], unpark: [parkedAt("a", 2), parkedAt("b", 5)] };
    equal(await state.commitProgress(progressOf(processor, both)), "committed");
    deepEqual(await state.listParked(processor), [parkedAt("a", 3)]);
  },

  "requestRetry has the first event of a sequence tried at once, and says whether there was one": async ({
    state,
  }) => {
    await park(state, parkedAt("a", 2, { failure }), parkedAt("a", 3), parkedAt("b", 1));
    equal(await state.requestRetry(processor, "unknown"), false);
    equal(await state.requestRetry("policy:b", "a"), false);
    equal(await state.requestRetry(processor, "a"), true);
    equal(await state.requestRetry(processor, "a"), true);
    deepEqual(await state.listParked(processor), [
      parkedAt("b", 1),
      parkedAt("a", 2, { failure, retryAt: 0 }),
      parkedAt("a", 3),
    ]);
  },

  "discardParked removes the first event of a sequence alone, recording why": async ({ state }) => {
    await park(state, parkedAt("a", 2, { failure }), parkedAt("a", 3), parkedAt("b", 2));
    equal(await state.discardParked(processor, "a", 3, "not the first"), false);
    equal(await state.discardParked(processor, "a", 4, "not there"), false);
    equal(await state.discardParked(processor, "c", 2, "no such sequence"), false);
    equal(await state.discardParked("policy:b", "a", 2, "no such processor"), false);
    deepEqual(await placesOf(state), ["a:2", "b:2", "a:3"]);
    deepEqual(await state.listDiscarded(processor), []);

    equal(await state.discardParked(processor, "a", 2, "wrong since e\u0301 😀"), true);
    equal(await state.discardParked(processor, "a", 2, "again"), false);
    equal(await state.discardParked(processor, "a", 3, "next"), true);
    equal(await state.discardParked(processor, "b", 2, "other"), true);
    deepEqual(await placesOf(state), []);
    const discarded = await state.listDiscarded(processor);
    deepEqual(
      discarded.map(({ sequence, position, reason }) => [sequence, position, reason]),
      [
        ["b", 2, "other"],
        ["a", 3, "next"],
        ["a", 2, "wrong since e\u0301 😀"],
      ],
      "the latest must come first",
    );
    for (const { at } of discarded) ok(Math.abs(at - Date.now()) < 60_000, `found ${at}`);
    deepEqual(await state.listDiscarded("policy:b"), []);
  },

  "what a caller does to the parked events that it read changes nothing": async ({ state }) => {
    await park(state, parkedAt("a", 2, { failure }));
    const read = await state.listParked(processor);
    trySpoiling(read);
    deepEqual(await state.listParked(processor), [parkedAt("a", 2, { failure })]);
  },

  "of concurrent discards of one event exactly one removes it": async ({ state }) => {
    await park(state, parkedAt("a", 2), parkedAt("a", 3));
    const discards = Array.from({ length: 8 }, () => state.discardParked(processor, "a", 2, "why"));
    const removed = await inTime(Promise.all(discards), "8 discards");
    equal(removed.filter((did) => did).length, 1);
    deepEqual(await placesOf(state), ["a:3"]);
    equal((await state.listDiscarded(processor)).length, 1);
  },

  "the latest 1,000 discarded events are listed": async ({ state }) => {
    const events = Array.from({ length: 1003 }, (_, index) => parkedAt("a", index + 1));
    await park(state, ...events);
    for (const { position } of events)
      equal(await state.discardParked(processor, "a", position, "why"), true);
    const discarded = await state.listDiscarded(processor);
    deepEqual([discarded.length, discarded[0]?.position, discarded.at(-1)?.position], [1000, 1003, 4]);
  },

  "G11: text that not every store can hold is refused in sequences and reasons, with nothing changed":
    async ({ state }) => {
      await park(state, parkedAt("a", 2));
      for (const bad of ["x\u0000", "\udc00"]) {
        const commit = progressOf(processor, { park: [parkedAt("b", 3), parkedAt(bad, 3)] });
        await rejectsWith(state.commitProgress(commit), "text-refused", "sequence");
        await rejectsWith(state.discardParked(processor, "a", 2, bad), "text-refused", "reason");
      }
      deepEqual(await placesOf(state), ["a:2"]);
    },
};
