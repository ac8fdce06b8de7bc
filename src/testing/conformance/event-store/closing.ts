import { deepEqual, equal } from "node:assert/strict";
import type { AppendResult } from "../../../ports/event-store.ts";
import type { Promises } from "../conformance-case.ts";
import { inTime, neverAborts, rejectsWith } from "../expectations.ts";
import { sampleCommit } from "../sample-commit.ts";

export const closing: Promises = {
  "after close every method rejects with store-closed": async ({ events, close }) => {
    await events.append(sampleCommit({ stream: "a-1" }));
    await close();
    const calls = {
      append: () => events.append(sampleCommit({ stream: "a-1" })),
      findCommand: () => events.findCommand("command-1"),
      forgetCommands: () => events.forgetCommands(0),
      readStream: () => events.readStream("a-1"),
      readLog: () => events.readLog({ after: 0, limit: 1 }),
      head: () => events.head(),
      pointAt: () => events.pointAt(0),
      waitForEvents: () => events.waitForEvents(0, neverAborts()),
      importEvents: () => events.importEvents([]),
    };
    for (const [name, call] of Object.entries(calls)) {
      await rejectsWith(inTime<unknown>(call(), name), "store-closed", name);
    }
  },

  "G1: closing while busy finishes what was accepted, and nothing else is kept": async (store) => {
    const results: Promise<AppendResult>[] = [];
    for (let index = 0; index < 200; index++) {
      results.push(store.events.append(sampleCommit({ stream: `a-${index}` })));
    }
    const closed = store.close();
    const late = store.events.append(sampleCommit({ stream: "late-1" })).then(
      (result) => result.status,
      (error: { code?: unknown }) => error.code,
    );
    for (const result of results) equal((await inTime(result, "an accepted append")).status, "appended");
    await inTime(closed, "the end of close");
    const outcome = await inTime(late, "an append during close");
    equal(outcome === "appended" || outcome === "store-closed", true, `found ${String(outcome)}`);

    if (store.reopen === undefined) return;
    const { events } = await store.reopen();
    equal((await events.head()).position, outcome === "appended" ? 201 : 200);
    const { events: log } = await events.readLog({ after: 0, limit: 200 });
    deepEqual(
      log.map((event) => event.stream),
      Array.from({ length: 200 }, (_, index) => `a-${index}`),
    );
  },

  "closing leaves nobody waiting": async ({ events, close }) => {
    const waiting = Array.from({ length: 5 }, () => events.waitForEvents(0, neverAborts()));
    const settled = Promise.allSettled(waiting);
    await inTime(close(), "the end of close");
    for (const result of await inTime(settled, "those who waited")) {
      if (result.status === "rejected") equal(result.reason.code, "store-closed");
    }
  },
};
