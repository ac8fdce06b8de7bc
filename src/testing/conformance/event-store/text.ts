import { deepEqual, equal } from "node:assert/strict";
import type { Commit, EventStore } from "../../../ports/event-store.ts";
import type { Promises } from "../conformance-case.ts";
import { appended, rejectsWith } from "../expectations.ts";
import { sampleCommit, sampleRefusal } from "../sample-commit.ts";

/** Text that stores tend to change: combining marks, astral and right-to-left letters, quotes, what a pattern means. */
const demandingText = [
  "e\u0301 is not \u00e9, and \u212b is not \u00c5",
  "😀 𝒳 👩‍👩‍👧 \u{10ffff} \u{10000}",
  "שלום \u202eעולם\u202c مرحبا",
  "\ufeff\ufffd\uffff\ue000\ud7ff",
  '\'"`\\ \\\' "" ; -- /* */ $1 ?1 :name @x % _ * [a]',
  " \t\r\n\u0001\u001f\u007f\u0085\u2028\u2029 ",
  "İ ı ß ẞ ﬁ ＡＢＣ",
];

/** Text that no log takes: not every store can hold it. */
const refusedText = ["\u0000", "a\u0000b", "\ud800", "a\udfffb", "\udc00\ud800", "😀\ud83d"];

/** Fails unless the store refuses the commit for its text, and is as before. */
async function expectRefused(events: EventStore, commit: Commit, what: string): Promise<void> {
  const head = await events.head();
  await rejectsWith(events.append(commit), "text-refused", what);
  deepEqual(await events.head(), head, what);
}

export const text: Promises = {
  "G11: text is read as it was written, wherever it stands": async ({ events }) => {
    for (const [index, sample] of demandingText.entries()) {
      const stream = `text-${sample}`;
      const commandId = `command ${sample}`;
      const commit = sampleCommit(
        {
          stream,
          expected: "none",
          events: [
            {
              type: `Type ${sample}`,
              tags: [`tag:${sample}`, "plain"],
              data: { [sample]: sample, list: [sample, { "": sample }] },
              metadata: { correlationId: sample, actor: sample, depth: 0 },
            },
          ],
        },
        { commandId, fingerprint: sample },
      );
      const { point } = appended(await events.append(commit));
      const [event, ...others] = await events.readStream(stream);
      deepEqual(others, []);
      const { type, data, tags, metadata, id, schemaVersion } = event ?? {};
      deepEqual({ id, type, data, schemaVersion, metadata, tags }, commit.appends[0]?.events[0]);
      const { category, aggregateId } = event ?? {};
      deepEqual([category, aggregateId, point.eventId], ["text", sample, `${commandId}.0`]);
      equal((await events.findCommand(commandId))?.fingerprint, sample);
      const { events: page } = await events.readLog({ after: index, limit: 9, types: [`Type ${sample}`] });
      deepEqual(page, [event]);
    }
  },

  "G2: conditions compare types and tags by code point, without folding or patterns": async ({ events }) => {
    for (const tag of [...demandingText, "number:1", "x%y"]) {
      appended(
        await events.append(sampleCommit({ stream: `a-${tag}`, events: [{ type: tag, tags: [tag] }] })),
      );
    }
    const clash = async (type: string, tag: string) => {
      const conditions = [{ queries: [{ types: [type] }, { tags: [tag] }], after: 0 }];
      return (await events.append(sampleCommit({ stream: "probe-1" }, { conditions }))).status;
    };
    for (const tag of demandingText) equal(await clash("none", tag), "condition-failed", tag);
    for (const tag of demandingText) equal(await clash(tag, "none"), "condition-failed", tag);
    for (const tag of ["\u00e9 is not e\u0301", "NUMBER:1", "number:_", "number", "x_y", "%", " number:1"]) {
      equal(await clash(tag, tag), "appended", tag);
    }
  },

  "G11: U+0000 and lone surrogates are refused in every text of an event, and nothing is changed": async ({
    events,
  }) => {
    appended(await events.append(sampleCommit({ stream: "a-1" })));
    for (const bad of refusedText) {
      const event = (sketch: object) => sampleCommit({ stream: "a-1", events: [{}, sketch] });
      const metadata = { correlationId: "c", depth: 0 };
      const places: Readonly<Record<string, Commit>> = {
        stream: sampleCommit([{ stream: "a-1" }, { stream: `b-${bad}` }]),
        type: event({ type: bad }),
        id: event({ id: bad }),
        tag: event({ tags: ["plain", bad] }),
        data: event({ data: bad }),
        "data key": event({ data: { [bad]: 1 } }),
        "data value": event({ data: { a: bad } }),
        "nested data": event({ data: { list: [0, { deep: [bad] }] } }),
        "nested key": event({ data: { list: [0, { deep: { [bad]: null } }] } }),
        actor: event({ metadata: { ...metadata, actor: bad } }),
        correlation: event({ metadata: { ...metadata, correlationId: bad } }),
      };
      for (const [place, commit] of Object.entries(places)) {
        await expectRefused(events, commit, `${place} with ${JSON.stringify(bad)}`);
        equal(await events.findCommand(commit.command.id), undefined, `${place} must leave the id unused`);
        equal((await events.readStream("a-1")).length, 1);
      }
    }
  },

  "G11: U+0000 and lone surrogates are refused in command ids, refusals and conditions": async ({
    events,
  }) => {
    for (const bad of refusedText) {
      const append = { stream: "a-1" };
      for (const command of [
        { id: bad, fingerprint: "fingerprint" },
        { id: "command-2", fingerprint: bad },
      ]) {
        await expectRefused(events, { ...sampleCommit(append), command }, JSON.stringify(command));
        await expectRefused(events, { ...sampleRefusal("command-2"), command }, JSON.stringify(command));
      }
      await expectRefused(events, sampleRefusal("command-1", bad), `refusal ${JSON.stringify(bad)}`);
      for (const query of [{ types: ["A", bad] }, { tags: [bad] }]) {
        const commit = sampleCommit(append, { conditions: [{ queries: [query], after: 0 }] });
        await expectRefused(events, commit, `condition ${JSON.stringify(query)}`);
      }
    }
    for (const id of ["command-1", "command-2"]) equal(await events.findCommand(id), undefined);
  },

  "G11: nothing is found by text that not every store can hold, least of all what looks like it": async ({
    events,
  }) => {
    for (const like of ["x", "x\ufffd"]) {
      const sketch = { type: like, tags: [like] };
      const commit = sampleCommit({ stream: `a-${like}`, events: [sketch] }, { commandId: like });
      appended(await events.append(commit));
    }
    for (const bad of ["x\u0000", "x\ud800", "x\udfff", "\u0000"]) {
      const found = JSON.stringify(bad);
      deepEqual(await events.readStream(`a-${bad}`), [], found);
      deepEqual(await events.readStream(`a-${bad}`, { direction: "backward", limit: 1 }), [], found);
      equal(await events.findCommand(bad), undefined, found);
      for (const after of [0, 1]) {
        const { events: log, through } = await events.readLog({ after, limit: 9, types: [bad] });
        deepEqual([log, through.position], [[], 2], found);
        equal(
          (await events.readLog({ after, limit: 9, except: [{ category: bad, type: bad }] })).events.length,
          2 - after,
        );
      }
    }
  },

  "G11: text that merely spells an escape of refused text is taken as it is": async ({ events }) => {
    const harmless = ["\\u0000", "\\\\u0000", "\\ud800", '"\\udfff"', "\\x00", "%00", "\\0", "�"];
    const data = { list: harmless, object: Object.fromEntries(harmless.map((key) => [key, key])) };
    const stream = "a-\\u0000";
    appended(
      await events.append(sampleCommit({ stream, events: [{ data, type: "\\u0000", tags: harmless }] })),
    );
    const [event] = await events.readStream(stream);
    deepEqual([event?.data, event?.type, event?.tags], [data, "\\u0000", harmless]);
  },
};
