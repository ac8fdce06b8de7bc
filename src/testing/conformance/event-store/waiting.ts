import { deepEqual, equal } from "node:assert/strict";
import type { Promises } from "../conformance-case.ts";
import { appended, boundedTurns, inTime, neverAborts } from "../expectations.ts";
import { sampleCommit } from "../sample-commit.ts";

export const waiting: Promises = {
  "waitForEvents resolves at once where the log is already beyond": async ({ events }) => {
    appended(await events.append(sampleCommit({ stream: "a-1", events: 2 })));
    await inTime(events.waitForEvents(0, neverAborts()), "a log beyond 0");
    await inTime(events.waitForEvents(1, neverAborts()), "a log beyond 1");
  },

  "waitForEvents rings for everyone who waits once an append goes beyond": async ({ events }) => {
    const waiting = Array.from({ length: 20 }, () => events.waitForEvents(0, neverAborts()));
    appended(await events.append(sampleCommit({ stream: "a-1" })));
    await inTime(Promise.all(waiting), "20 who wait for the first event");
  },

  "waitForEvents waits on while the log does not reach beyond": async ({ events }) => {
    const order: string[] = [];
    const waiting = events.waitForEvents(2, neverAborts()).then(() => order.push("rung"));
    for (let position = 1; position <= 3; position++) {
      if (position === 3) order.push("third");
      appended(await events.append(sampleCommit({ stream: "a-1" })));
    }
    await inTime(waiting, "a log beyond 2");
    deepEqual(order, ["third", "rung"]);
  },

  "waitForEvents resolves when its signal aborts, before or after the call, and never rejects for it":
    async ({ events }) => {
      await inTime(events.waitForEvents(0, AbortSignal.abort(new Error("stop"))), "an aborted signal");
      const controller = new AbortController();
      const waiting = Array.from({ length: 5 }, () => events.waitForEvents(7, controller.signal));
      controller.abort(new Error("stop"));
      await inTime(Promise.all(waiting), "a signal that aborts");
      appended(await events.append(sampleCommit({ stream: "a-1" })));
      equal((await events.head()).position, 1);
    },

  "a follower that waits and reads is given every event": async ({ events }) => {
    const seen: number[] = [];
    const following = (async () => {
      const turn = boundedTurns("a follower");
      while (seen.length < 200) {
        turn();
        const after = seen.length;
        await events.waitForEvents(after, neverAborts());
        const page = await events.readLog({ after, limit: 50 });
        seen.push(...page.events.map((event) => event.position));
      }
    })();
    for (let turn = 0; turn < 20; turn++) {
      await Promise.all(
        Array.from({ length: 10 }, (_, a) => events.append(sampleCommit({ stream: `a-${a}` }))),
      );
    }
    await inTime(following, "200 events");
    deepEqual(
      seen,
      Array.from({ length: 200 }, (_, index) => index + 1),
    );
  },
};
