import { deepEqual, equal, ok } from "node:assert/strict";
import type { RecordedEvent } from "../../../message/event.ts";
import type { EventStore, LogPage } from "../../../ports/event-store.ts";
import type { Promises } from "../conformance-case.ts";
import { appended, boundedTurns, inTime } from "../expectations.ts";
import { sampleCommit } from "../sample-commit.ts";

const writers = 64;
const commitsPerWriter = 12;

/** Appends commits of one to three events over one or two streams, all writers at once; resolves with the last position. */
async function writeConcurrently(events: EventStore): Promise<number> {
  await Promise.all(
    Array.from({ length: writers }, async (_, writer) => {
      for (let turn = 0; turn < commitsPerWriter; turn++) {
        const type = turn % 4 === 0 ? "Rare" : "Common";
        const own = { stream: `own-${writer}`, events: [{ type }, { type: "Common" }] };
        const shared = { stream: `shared-${turn % 3}`, events: [{ type }] };
        appended(await events.append(sampleCommit(writer % 2 === 0 ? [own, shared] : own)));
      }
    }),
  );
  return (await events.head()).position;
}

/** Reads on as the log grows, giving every page to `see`, until `done` says where the log ends and that is reached. */
async function follow(
  events: EventStore,
  read: (after: number) => Promise<LogPage>,
  end: Promise<number>,
  see: (page: LogPage, after: number) => void,
): Promise<void> {
  const writing = new AbortController();
  let last = Number.POSITIVE_INFINITY;
  const ended = end.then(
    (position) => {
      last = position;
      writing.abort();
    },
    () => writing.abort(),
  );
  const turn = boundedTurns("following the log");
  for (let after = 0; after < last; ) {
    turn();
    const page = await read(after);
    see(page, after);
    ok(page.through.position >= after, "a reader must never be sent back");
    if (page.through.position > after) after = page.through.position;
    else if (!writing.signal.aborted) await events.waitForEvents(after, writing.signal);
    else if (last === Number.POSITIVE_INFINITY) break;
  }
  await ended;
}

export const commitOrder: Promises = {
  "G3: positions are contiguous from 1, and a reader beside 64 writers never sees a gap or a late event":
    async ({ events }) => {
      const seen: RecordedEvent[] = [];
      const writing = writeConcurrently(events);
      const read = (after: number) => events.readLog({ after, limit: 50 });
      const following = follow(events, read, writing, (page, after) => {
        for (const [index, event] of page.events.entries()) equal(event.position, after + index + 1);
        equal(page.through.position, after + page.events.length);
        seen.push(...page.events);
      });
      await inTime(Promise.all([writing, following]), "64 writers and a reader");
      const { events: log } = await events.readLog({ after: 0, limit: seen.length + 1 });
      equal(log.length, seen.length);
      deepEqual(seen, log, "what was read as it was written must be what is there");
      equal(log.length, commitsPerWriter * (writers * 2 + writers / 2));
    },

  "G3: a reader of some types beside 64 writers is given every one of them before it is told to go on":
    async ({ events }) => {
      const seen: number[] = [];
      const writing = writeConcurrently(events);
      const read = (after: number) => events.readLog({ after, limit: 7, types: ["Rare"] });
      const following = follow(events, read, writing, (page, after) => {
        for (const event of page.events) {
          ok(event.position > after && event.position <= page.through.position);
          seen.push(event.position);
        }
      });
      await inTime(Promise.all([writing, following]), "64 writers and a reader of some types");
      const { events: log } = await events.readLog({ after: 0, limit: 10_000 });
      deepEqual(
        seen,
        log.filter((event) => event.type === "Rare").map((event) => event.position),
      );
    },

  "G3: the events of one commit stand side by side, those of concurrent commits never among them": async ({
    events,
  }) => {
    await inTime(writeConcurrently(events), "64 writers");
    const { events: log } = await events.readLog({ after: 0, limit: 10_000 });
    const commands = log.map((event) => event.metadata.causationId);
    const runs = commands.filter((command, index) => command !== commands[index - 1]).length;
    equal(runs, new Set(commands).size);
    equal(runs, writers * commitsPerWriter);
  },

  "G3: an append that was acknowledged is in every read that begins afterwards": async ({ events }) => {
    await Promise.all(
      Array.from({ length: 16 }, async (_, writer) => {
        for (let version = 1; version <= 5; version++) {
          const { point } = appended(await events.append(sampleCommit({ stream: `a-${writer}` })));
          const [head, stream, found, page] = await Promise.all([
            events.head(),
            events.readStream(`a-${writer}`),
            events.pointAt(point.position),
            events.readLog({ after: point.position - 1, limit: 1 }),
          ]);
          ok(head.position >= point.position);
          equal(stream.length, version);
          deepEqual(found, point);
          equal(page.events[0]?.id, point.eventId);
        }
      }),
    );
  },
};
