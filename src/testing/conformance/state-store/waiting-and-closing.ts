import { deepEqual, equal } from "node:assert/strict";
import type { Promises } from "../conformance-case.ts";
import { inTime, neverAborts, rejectsWith } from "../expectations.ts";
import { accounts, fill, pointOf, progressOf, start } from "../sample-processor.ts";

const processor = "policy:a";

export const waitingAndClosing: Promises = {
  "waitForProgress rings for everyone who waits when the processor is updated or commits": async ({
    state,
  }) => {
    await start(state, processor);
    const changes = {
      update: () => state.updateProcessor(processor, (before) => ({ ...before, paused: true })),
      commit: () => state.commitProgress(progressOf(processor, { checkpoint: pointOf(2) })),
    };
    for (const [what, change] of Object.entries(changes)) {
      const waiting = Array.from({ length: 20 }, () => state.waitForProgress(processor, neverAborts()));
      await change();
      await inTime(Promise.all(waiting), `20 who wait for progress, after an ${what}`);
    }
  },

  "waitForProgress resolves when its signal aborts, before or after the call, and never rejects for it":
    async ({ state }) => {
      await inTime(
        state.waitForProgress(processor, AbortSignal.abort(new Error("stop"))),
        "an aborted signal",
      );
      const controller = new AbortController();
      const waiting = [processor, processor, "policy:b"].map((name) =>
        state.waitForProgress(name, controller.signal),
      );
      controller.abort(new Error("stop"));
      await inTime(Promise.all(waiting), "a signal that aborts");
    },

  "after close every method of the state store rejects with store-closed": async ({ state, close }) => {
    await fill(state, { a: {} });
    await close();
    const calls = {
      createTable: () => state.createTable(accounts),
      dropTable: () => state.dropTable(accounts),
      announceReader: () => state.announceReader("accounts", 1, "r", 1),
      listTables: () => state.listTables(),
      readRows: () => state.readRows(accounts, ["a"]),
      queryRows: () => state.queryRows(accounts, { filters: [], limit: 1 }),
      updateProcessor: () => state.updateProcessor(processor, () => undefined),
      listProcessors: () => state.listProcessors(),
      dropProcessor: () => state.dropProcessor(processor),
      commitProgress: () => state.commitProgress(progressOf(processor)),
      listParked: () => state.listParked(processor),
      requestRetry: () => state.requestRetry(processor, "a"),
      discardParked: () => state.discardParked(processor, "a", 1, "why"),
      listDiscarded: () => state.listDiscarded(processor),
      saveSnapshot: () => state.saveSnapshot({ stream: "a-1", stateVersion: 1, version: 1, state: null }),
      loadSnapshot: () => state.loadSnapshot("a-1", 1),
      waitForProgress: () => state.waitForProgress(processor, neverAborts()),
    };
    for (const [name, call] of Object.entries(calls)) {
      await rejectsWith(inTime<unknown>(call(), name), "store-closed", name);
    }
  },

  "closing leaves nobody waiting for progress": async ({ state, close }) => {
    const settled = Promise.allSettled([state.waitForProgress(processor, neverAborts())]);
    await inTime(close(), "the end of close");
    for (const result of await inTime(settled, "who waited")) {
      if (result.status === "rejected") equal(result.reason.code, "store-closed");
    }
  },

  "state is there after closing and reopening": async (store) => {
    if (store.reopen === undefined) return;
    await fill(store.state, { a: { name: "A", amount: 1 } });
    const park = [{ sequence: "s", position: 1, retryAt: 0 }];
    await start(store.state, processor);
    equal(await store.state.commitProgress(progressOf(processor, { park })), "committed");
    const snapshot = { stream: "a-1", stateVersion: 1, version: 1, state: {} };
    await store.state.saveSnapshot(snapshot);
    const processors = await store.state.listProcessors();
    await store.close();

    const { state } = await store.reopen();
    deepEqual(await state.listTables(), [accounts]);
    deepEqual((await state.readRows(accounts, ["a"])).get("a")?.row, { name: "A", amount: 1 });
    deepEqual(await state.listProcessors(), processors);
    deepEqual(await state.listParked(processor), park);
    deepEqual(await state.loadSnapshot("a-1", 1), snapshot);
  },
};
