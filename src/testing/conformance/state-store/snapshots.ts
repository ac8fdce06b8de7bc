import { deepEqual, equal } from "node:assert/strict";
import type { Json } from "../../../message/json.ts";
import type { Promises } from "../conformance-case.ts";
import { rejectsWith, spoil, trySpoiling } from "../expectations.ts";

const stream = "account-1";

export const snapshots: Promises = {
  "a snapshot is loaded as it was saved, for exactly its state version": async ({ state }) => {
    equal(await state.loadSnapshot(stream, 1), undefined);
    const snapshot = {
      stream,
      stateVersion: 2,
      version: 7,
      state: { status: "open", list: [1, "😀", null] },
    };
    await state.saveSnapshot(snapshot);
    deepEqual(await state.loadSnapshot(stream, 2), snapshot);
    for (const other of [1, 3, 0]) equal(await state.loadSnapshot(stream, other), undefined);
    for (const other of ["account-2", "Account-1", "account-10"]) {
      equal(await state.loadSnapshot(other, 2), undefined);
    }
  },

  "the latest snapshot is kept, whatever the order in which they are saved": async ({ state }) => {
    const save = (version: number, text: string) =>
      state.saveSnapshot({ stream, stateVersion: 1, version, state: text });
    await save(5, "five");
    await save(3, "three");
    equal((await state.loadSnapshot(stream, 1))?.state, "five");
    await save(12, "twelve");
    equal((await state.loadSnapshot(stream, 1))?.state, "twelve");
    await Promise.all([save(9, "nine"), save(30, "thirty"), save(20, "twenty")]);
    deepEqual(await state.loadSnapshot(stream, 1), { stream, stateVersion: 1, version: 30, state: "thirty" });
  },

  "snapshots of several state versions and streams are kept side by side": async ({ state }) => {
    for (const [name, stateVersion, version] of [
      ["a-1", 1, 9],
      ["a-1", 2, 4],
      ["a-2", 1, 1],
      ["a-11", 1, 2],
    ] as const) {
      await state.saveSnapshot({ stream: name, stateVersion, version, state: {} });
    }
    equal((await state.loadSnapshot("a-1", 1))?.version, 9);
    equal((await state.loadSnapshot("a-1", 2))?.version, 4);
    equal((await state.loadSnapshot("a-2", 1))?.version, 1);
    equal((await state.loadSnapshot("a-11", 1))?.version, 2);
  },

  "the state of a snapshot may be any JSON": async ({ state }) => {
    const samples: readonly Json[] = [null, false, 0, "", [], {}, { a: [{ b: null }] }, "\\u0000 \ufeff"];
    for (const [index, sample] of samples.entries()) {
      await state.saveSnapshot({ stream: `a-${index}`, stateVersion: 1, version: 1, state: sample });
      deepEqual(await state.loadSnapshot(`a-${index}`, 1), {
        stream: `a-${index}`,
        stateVersion: 1,
        version: 1,
        state: sample,
      });
    }
  },

  "what a caller does to a state that it saved or loaded changes no snapshot": async ({ state }) => {
    const saved = { list: [1] };
    await state.saveSnapshot({ stream, stateVersion: 1, version: 1, state: saved });
    spoil(saved);
    trySpoiling(await state.loadSnapshot(stream, 1));
    deepEqual((await state.loadSnapshot(stream, 1))?.state, { list: [1] });
  },

  "of two snapshots of one version the first is kept": async ({ state }) => {
    for (const text of ["first", "second"]) {
      await state.saveSnapshot({ stream, stateVersion: 1, version: 4, state: text });
    }
    equal((await state.loadSnapshot(stream, 1))?.state, "first");
  },

  "G11: a snapshot with text that not every store can hold is refused": async ({ state }) => {
    await state.saveSnapshot({ stream, stateVersion: 1, version: 1, state: "kept" });
    for (const bad of ["\u0000", "\ud800"]) {
      const snapshot = { stream, stateVersion: 1, version: 2, state: { [bad]: bad } };
      await rejectsWith(state.saveSnapshot(snapshot), "text-refused");
    }
    equal((await state.loadSnapshot(stream, 1))?.state, "kept");
  },
};
