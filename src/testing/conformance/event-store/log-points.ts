import { deepEqual, equal, notEqual } from "node:assert/strict";
import type { Promises } from "../conformance-case.ts";
import { appended } from "../expectations.ts";
import { sampleCommit } from "../sample-commit.ts";

export const logPoints: Promises = {
  "the head of an empty log is its beginning, and the log has an id": async ({ events }) => {
    const head = await events.head();
    deepEqual(head, { logId: head.logId, position: 0, eventId: "" });
    notEqual(head.logId, "");
    deepEqual(await events.pointAt(0), head);
    equal(await events.pointAt(1), undefined);
  },

  "the head, an append's point and pointAt name the same place by the id of its event": async ({
    events,
  }) => {
    const { logId } = await events.head();
    const commit = sampleCommit({ stream: "a-1", events: 3 });
    const { point } = appended(await events.append(commit));
    const ids = commit.appends[0]?.events.map((event) => event.id) ?? [];
    deepEqual(point, { logId, position: 3, eventId: ids[2] });
    deepEqual(await events.head(), point);
    for (const [index, eventId] of ids.entries()) {
      deepEqual(await events.pointAt(index + 1), { logId, position: index + 1, eventId });
    }
    deepEqual(await events.pointAt(0), { logId, position: 0, eventId: "" });
    for (const position of [4, 1000, -1]) equal(await events.pointAt(position), undefined);
  },

  "G1: what was acknowledged, the log's id and the memory of commands are there after closing and reopening":
    async (store) => {
      if (store.reopen === undefined) {
        equal(store.events.capabilities.durable, false, "a durable store must be able to reopen");
        return;
      }
      const commit = sampleCommit({
        stream: "a-1",
        events: [{ tags: ["number:1"] }, { data: { text: "ü" } }],
      });
      const result = appended(await store.events.append(commit));
      const before = await store.events.readStream("a-1");
      await store.close();

      const { events } = await store.reopen();
      deepEqual(await events.head(), result.point);
      deepEqual(await events.readStream("a-1"), before);
      deepEqual(await events.append(commit), { ...result, repeated: true });
      const conditions = [{ queries: [{ tags: ["number:1"] }], after: 0 }];
      const failed = await events.append(sampleCommit({ stream: "a-2" }, { conditions }));
      deepEqual(failed, { status: "condition-failed", condition: 0, position: 1 });
      const next = appended(await events.append(sampleCommit({ stream: "a-1", expected: 2 })));
      deepEqual([next.firstPosition, next.point.logId], [3, result.point.logId]);
    },
};
