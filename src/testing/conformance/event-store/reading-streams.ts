import { deepEqual, equal } from "node:assert/strict";
import type { ReadStreamOptions } from "../../../ports/event-store.ts";
import type { Promises } from "../conformance-case.ts";
import { appended, spoil, trySpoiling } from "../expectations.ts";
import { sampleCommit } from "../sample-commit.ts";

export const readingStreams: Promises = {
  "an event is read as it was appended, with its place and time": async ({ events }) => {
    const metadata = {
      correlationId: "correlation",
      causationId: "cause",
      actor: "someone",
      traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
      depth: 3,
    };
    const least = { correlationId: "correlation", depth: 0 };
    const data = { list: [1, -2.5, true, null, { deep: "x" }], big: 9_007_199_254_740_991, small: 1e-300 };
    const commit = sampleCommit({
      stream: "account-12-3",
      events: [
        { type: "Opened", data, tags: ["b:2", "a:1"], schemaVersion: 7, metadata },
        { type: "Closed", data: "text", metadata: least },
      ],
    });
    const { recordedAt } = appended(await events.append(commit));
    const place = { stream: "account-12-3", category: "account", aggregateId: "12-3", recordedAt };
    const expected = commit.appends[0]?.events.map((event, index) => ({
      ...event,
      ...place,
      version: index + 1,
      position: index + 1,
    }));
    deepEqual(await events.readStream("account-12-3"), expected);
    deepEqual((await events.readLog({ after: 0, limit: 9 })).events, expected);
  },

  "a stream is read by version in either direction, with bounds": async ({ events }) => {
    for (let version = 1; version <= 5; version++) {
      appended(await events.append(sampleCommit({ stream: "a-1" })));
      appended(await events.append(sampleCommit({ stream: "b-1", events: 2 })));
    }
    const expected: readonly (readonly [ReadStreamOptions | undefined, readonly number[]])[] = [
      [undefined, [1, 2, 3, 4, 5]],
      [{}, [1, 2, 3, 4, 5]],
      [{ direction: "forward" }, [1, 2, 3, 4, 5]],
      [{ from: 1 }, [1, 2, 3, 4, 5]],
      [{ from: 4 }, [4, 5]],
      [{ from: 6 }, []],
      [{ limit: 2 }, [1, 2]],
      [{ limit: 9 }, [1, 2, 3, 4, 5]],
      [{ from: 2, limit: 3 }, [2, 3, 4]],
      [{ direction: "backward" }, [5, 4, 3, 2, 1]],
      [{ direction: "backward", from: 5 }, [5, 4, 3, 2, 1]],
      [{ direction: "backward", from: 3 }, [3, 2, 1]],
      [{ direction: "backward", from: 1 }, [1]],
      [{ direction: "backward", from: 9 }, [5, 4, 3, 2, 1]],
      [{ direction: "backward", limit: 1 }, [5]],
      [{ direction: "backward", from: 4, limit: 2 }, [4, 3]],
    ];
    for (const [options, versions] of expected) {
      const read = await events.readStream("a-1", options);
      deepEqual(
        read.map((event) => event.version),
        versions,
        JSON.stringify(options),
      );
    }
  },

  "a stream without events is read as an empty one": async ({ events }) => {
    deepEqual(await events.readStream("a-1"), []);
    appended(await events.append(sampleCommit({ stream: "a-10" })));
    deepEqual(await events.readStream("a-1"), []);
    deepEqual(await events.readStream("a-1", { direction: "backward", limit: 1 }), []);
    deepEqual(await events.readStream("a-1", { from: 3 }), []);
  },

  "what a caller does to its objects once an append was called changes nothing in the log": async ({
    events,
  }) => {
    const data = { amount: 1, list: [1] };
    const conditions = [{ queries: [{ tags: ["b:2"] }], after: 0 }];
    const commit = sampleCommit({ stream: "a-1", events: [{ data, tags: ["a:1"] }] }, { conditions });
    const expected = structuredClone(commit.appends[0]?.events[0]);
    const { id } = commit.command;
    const appending = events.append(commit);
    spoil(commit);
    appended(await appending);
    const [event] = await events.readStream("a-1");
    deepEqual(
      [event?.id, event?.data, event?.tags, event?.metadata],
      [expected?.id, expected?.data, expected?.tags, expected?.metadata],
    );
    equal((await events.findCommand(id))?.fingerprint, "fingerprint");
  },

  "what a caller does to the events of a stream that it read changes nothing in the log": async ({
    events,
  }) => {
    const data = { list: [1], deep: { amount: 1 } };
    appended(await events.append(sampleCommit({ stream: "a-1", events: [{ data, tags: ["a:1"] }] })));
    const read = await events.readStream("a-1");
    const before = structuredClone(read);
    trySpoiling(read);
    deepEqual(await events.readStream("a-1"), before);
  },
};
