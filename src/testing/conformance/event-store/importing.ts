import { deepEqual, equal } from "node:assert/strict";
import type { RecordedEvent } from "../../../message/event.ts";
import type { Promises } from "../conformance-case.ts";
import { appended, inTime, neverAborts, rejectsWith } from "../expectations.ts";
import { sampleCommit } from "../sample-commit.ts";

/** Events as another log recorded them. */
const exported: readonly RecordedEvent[] = (["a-1", "b-1", "a-1", "c-ü😀", "b-1", "a-1"] as const).map(
  (stream, index, streams) => ({
    id: `command-${index}.0`,
    stream,
    category: stream.slice(0, 1),
    aggregateId: stream.slice(2),
    version: streams.slice(0, index + 1).filter((other) => other === stream).length,
    position: index + 1,
    type: index % 2 === 0 ? "Opened" : "Closed",
    data: { amount: index, text: "ü😀" },
    recordedAt: 1_500_000_000_000 + index,
    schemaVersion: 1 + (index % 3),
    metadata: { correlationId: `correlation-${index}`, causationId: `command-${index}`, depth: index },
    tags: index === 0 ? [] : [`number:${index}`],
  }),
);

export const importing: Promises = {
  "imported events keep their ids, positions, versions, times and all else": async ({ events }) => {
    await events.importEvents(exported);
    deepEqual((await events.readLog({ after: 0, limit: 100 })).events, exported);
    deepEqual(
      await events.readStream("a-1"),
      exported.filter((event) => event.stream === "a-1"),
    );
    const { logId, ...head } = await events.head();
    deepEqual(head, { position: 6, eventId: "command-5.0" });
    deepEqual(await events.pointAt(4), { logId, position: 4, eventId: "command-3.0" });
  },

  "an import goes on where the one before ended, and appends go on after it": async ({ events }) => {
    await events.importEvents(exported.slice(0, 2));
    await events.importEvents([]);
    await events.importEvents(exported.slice(2));
    deepEqual((await events.readLog({ after: 0, limit: 100 })).events, exported);
    const conditions = [{ queries: [{ tags: ["number:4"] }], after: 0 }];
    deepEqual(await events.append(sampleCommit({ stream: "d-1" }, { conditions })), {
      status: "condition-failed",
      condition: 0,
      position: 5,
    });
    equal((await events.append(sampleCommit({ stream: "a-1", expected: "none" }))).status, "conflict");
    const next = appended(await events.append(sampleCommit({ stream: "a-1", expected: 3 })));
    equal(next.firstPosition, 7);
  },

  "G4: an import records the commands of its events, and a repeat of one gets its first result": async ({
    events,
  }) => {
    const [first, ...others] = exported as [RecordedEvent, ...RecordedEvent[]];
    // One command with three events, of which two come in a second call.
    const several = [1, 2, 3].map(
      (version): RecordedEvent => ({
        ...first,
        id: `several.${version - 1}`,
        version,
        position: version,
      }),
    );
    await events.importEvents(several.slice(0, 1));
    await events.importEvents(several.slice(1));
    deepEqual(await events.findCommand("several"), {
      fingerprint: "",
      status: "appended",
      firstPosition: 1,
      lastPosition: 3,
    });
    const repeat = sampleCommit({ stream: "z-1" }, { commandId: "several", fingerprint: "whatever" });
    const { logId } = await events.head();
    deepEqual(await events.append(repeat), {
      status: "appended",
      repeated: true,
      firstPosition: 1,
      point: { logId, position: 3, eventId: "several.2" },
      recordedAt: first.recordedAt,
    });
    const again = { ...(others[0] as RecordedEvent), id: "several.0", position: 4 };
    await rejectsWith(events.importEvents([again]), "data-invalid", "a command twice");
    equal((await events.head()).position, 3);
  },

  "who waits for events is told of an import": async ({ events }) => {
    const waiting = events.waitForEvents(3, neverAborts());
    await events.importEvents(exported);
    await inTime(waiting, "a log beyond 3");
  },

  "G2 and G3: an import with a gap, a repetition or the wrong order is refused as a whole": async ({
    events,
  }) => {
    const [first, second, third] = exported as [RecordedEvent, RecordedEvent, RecordedEvent];
    const wrong = {
      "starts late": [second],
      "gap in positions": [first, third],
      "gap in versions": [first, second, { ...third, version: 3 }],
      "version repeated": [first, second, { ...third, version: 1 }],
      "position repeated": [first, first],
      "wrong order": [second, first],
      "version of a stream that is not there": [{ ...first, version: 2 }],
    };
    for (const [what, list] of Object.entries(wrong)) {
      await rejectsWith(events.importEvents(list), "data-invalid", what);
      equal((await events.head()).position, 0, what);
      deepEqual(await events.readStream("a-1"), [], what);
    }
  },

  "an import into a log that holds something else is refused and changes nothing": async ({ events }) => {
    const { point } = appended(await events.append(sampleCommit({ stream: "z-1" })));
    await rejectsWith(events.importEvents(exported), "log-not-empty");
    deepEqual(await events.head(), point);
  },

  "G11: an import of what no append would take is refused as a whole": async ({ events }) => {
    const [first, second] = exported as [RecordedEvent, RecordedEvent];
    const tooLarge = "x".repeat(events.capabilities.maxEventBytes);
    const wrong = {
      "request-malformed": [
        { ...second, schemaVersion: 0 },
        { ...second, stream: "b" },
      ],
      "data-invalid": [{ ...second, data: undefined }],
      "payload-too-large": [{ ...second, data: tooLarge }],
    } as const;
    for (const [code, list] of Object.entries(wrong)) {
      for (const event of list) {
        await rejectsWith(events.importEvents([first, event]), code as keyof typeof wrong, code);
        equal((await events.head()).position, 0, code);
      }
    }
  },

  "G11: an import of text that not every store can hold is refused as a whole": async ({ events }) => {
    const [first, second] = exported as [RecordedEvent, RecordedEvent];
    for (const bad of ["\u0000", "\ud800"]) {
      const places = [
        { ...second, id: bad },
        { ...second, type: bad },
        { ...second, data: { deep: [bad] } },
        { ...second, tags: [bad] },
        { ...second, stream: `b-${bad}`, aggregateId: bad },
        { ...second, metadata: { ...second.metadata, actor: bad } },
      ];
      for (const place of places) {
        await rejectsWith(events.importEvents([first, place]), "text-refused", JSON.stringify(place));
        equal((await events.head()).position, 0);
      }
    }
  },
};
