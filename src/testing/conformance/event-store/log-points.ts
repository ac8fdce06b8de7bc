import { deepEqual, equal, notEqual } from "node:assert/strict";
import type { Promises } from "../conformance-case.ts";
import { appended, rejectsWith } from "../expectations.ts";
import { sampleCommit, sampleRefusal } from "../sample-commit.ts";

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

  "two logs have different ids, so that a point of one is told from the same place in the other": async (
    { events },
    openAnother,
  ) => {
    const { events: others } = await openAnother();
    const commit = sampleCommit({ stream: "a-1" });
    const points = [appended(await events.append(commit)).point, appended(await others.append(commit)).point];
    deepEqual(
      points.map(({ position, eventId }) => [position, eventId]),
      Array(2).fill([1, commit.appends[0]?.events[0]?.id]),
    );
    notEqual(points[0]?.logId, points[1]?.logId);
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
      const refused = await store.events.append(sampleRefusal("refused-1"));
      const before = await store.events.readStream("a-1");
      await store.close();

      const { events } = await store.reopen();
      deepEqual(await events.head(), result.point);
      deepEqual(await events.readStream("a-1"), before);
      deepEqual(await events.append(commit), { ...result, repeated: true });
      deepEqual(await events.append(sampleRefusal("refused-1")), { ...refused, repeated: true });
      const other = { ...commit, command: { ...commit.command, fingerprint: "other" } };
      await rejectsWith(events.append(other), "command-id-reused");
      const conditions = [{ queries: [{ tags: ["number:1"] }], after: 0 }];
      const failed = await events.append(sampleCommit({ stream: "a-2" }, { conditions }));
      deepEqual(failed, { status: "condition-failed", condition: 0, position: 1 });
      const next = appended(await events.append(sampleCommit({ stream: "a-1", expected: 2 })));
      deepEqual([next.firstPosition, next.point.logId], [3, result.point.logId]);
    },
};
