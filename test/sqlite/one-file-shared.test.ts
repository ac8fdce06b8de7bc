import { DatabaseSync } from "@photostructure/sqlite";
import { expect, test } from "vitest";
import { newId } from "../../src/message/id.ts";
import { logBeginning } from "../../src/message/log-point.ts";
import { sampleCommit } from "../../src/testing/conformance/sample-commit.ts";
import { keyOf, start, wholeRange } from "../../src/testing/conformance/sample-processor.ts";
import { codeOf, opened, scratchFile } from "./scratch-file.ts";

/** Two stores on one file know as little of each other as two processes do. */
async function openTwice() {
  const path = scratchFile();
  return { path, a: await opened(path), b: await opened(path) };
}

test("G2: a version that another store has taken since is a conflict, however well the stream was known", async () => {
  const { a, b } = await openTwice();
  await a.events.append(sampleCommit({ stream: "a-1", expected: "none" }));
  await b.events.append(sampleCommit({ stream: "a-1", expected: 1 }));
  expect(await a.events.append(sampleCommit({ stream: "a-1", expected: 1 }))).toEqual({
    status: "conflict",
    stream: "a-1",
    expected: 1,
    actual: 2,
  });
  expect(await a.events.append(sampleCommit({ stream: "a-1", expected: "none" }))).toMatchObject({
    actual: 2,
  });
  expect((await a.events.append(sampleCommit({ stream: "a-1", expected: "any" }))).status).toBe("appended");
  expect((await b.events.readStream("a-1")).map(({ version }) => version)).toEqual([1, 2, 3]);
});

test("G4: a command that went to another store is repeated, also a refusal", async () => {
  const { a, b } = await openTwice();
  const commit = sampleCommit({ stream: "a-1", expected: "none", events: 2 });
  const first = await a.events.append(commit);
  expect(await b.events.append(commit)).toEqual({ ...first, repeated: true });
  const other = { ...commit, command: { ...commit.command, fingerprint: "other" } };
  expect(await codeOf(b.events.append(other))).toBe("command-id-reused");
});

test("G3: readers of either store see every event once, in order, while both append", async () => {
  const { a, b } = await openTwice();
  const total = 1200;
  const appending = [a, b].map(async ({ events }, store) => {
    for (let turn = 0; turn < 30; turn++) {
      const turns = Array.from({ length: 20 }, (_, caller) =>
        events.append(sampleCommit({ stream: `a-${caller}` }, { commandId: `${store}.${turn}.${caller}` })),
      );
      await Promise.all(turns);
    }
  });
  const reading = [a, b].map(async ({ events }) => {
    const seen: number[] = [];
    const ids: string[] = [];
    for (let after = 0; after < total; ) {
      await events.waitForEvents(after, AbortSignal.timeout(15_000));
      const page = await events.readLog({ after, limit: 37 });
      for (const event of page.events) {
        seen.push(event.position);
        ids.push(event.id);
      }
      after = page.through.position;
    }
    expect(seen).toEqual(Array.from({ length: total }, (_, index) => index + 1));
    return ids;
  });
  await Promise.all(appending);
  const [first, second] = await Promise.all(reading);
  expect(first).toEqual(second);
});

test("a reader is woken for what another store appends", async () => {
  const { a, b } = await openTwice();
  const woken = a.events.waitForEvents(0, AbortSignal.timeout(15_000));
  const { events } = await a.events.readLog({ after: 0, limit: 10 });
  expect(events).toEqual([]);
  await b.events.append(sampleCommit({ stream: "a-1" }));
  await woken;
  expect((await a.events.readLog({ after: 0, limit: 10 })).events).toHaveLength(1);
});

test("G5: a worker whose range was taken over through another store is fenced off", async () => {
  const { a, b } = await openTwice();
  await start(a.state, "p", [wholeRange]);
  await b.state.updateProcessor("p", (state) => ({
    ...state,
    ranges: state.ranges.map((range) => ({ ...range, owner: "worker-2", epoch: range.epoch + 1 })),
  }));
  const checkpoint = { logId: "log-1", position: 1, eventId: "event-1" };
  const progress = { processor: "p", range: keyOf(wholeRange), checkpoint };
  expect(await a.state.commitProgress(progress)).toBe("fenced");
  const [range] = (await b.state.listProcessors()).get("p")?.ranges ?? [];
  expect(range?.checkpoint).toEqual(logBeginning("log-1"));
});

test("a lock that another process holds does not hold up the event loop, and the append goes through after it", async () => {
  const { path, a } = await openTwice();
  const other = new DatabaseSync(path);
  other.exec("BEGIN IMMEDIATE");
  let settled = false;
  const appending = a.events.append(sampleCommit({ stream: "a-1" })).finally(() => {
    settled = true;
  });
  const startedAt = performance.now();
  let turns = 0;
  while (performance.now() - startedAt < 100) {
    await new Promise((resolve) => setImmediate(resolve));
    turns++;
  }
  expect(turns).toBeGreaterThan(100);
  expect(settled).toBe(false);
  // Who only reads is not held up at all.
  expect((await a.events.head()).position).toBe(0);
  other.exec("COMMIT");
  other.close();
  expect((await appending).status).toBe("appended");
});

test("G11: a lock that is never let go ends in store-unavailable, and nothing is kept", async () => {
  const path = scratchFile();
  const { events, state } = await opened(path, { lockTimeoutMs: 50 });
  const other = new DatabaseSync(path);
  other.exec("BEGIN IMMEDIATE");
  const commit = sampleCommit({ stream: "a-1" });
  expect(await codeOf(events.append(commit))).toBe("store-unavailable");
  expect(await codeOf(start(state, "p"))).toBe("store-unavailable");
  other.exec("ROLLBACK");
  other.close();
  expect(await events.findCommand(commit.command.id)).toBeUndefined();
  expect((await events.append(commit)).status).toBe("appended");
});

test("what was appended by another store is in the way of a condition", async () => {
  const { a, b } = await openTwice();
  const tag = `number:${newId()}`;
  await a.events.append(sampleCommit({ stream: "a-1", events: [{ tags: [tag] }] }));
  const result = await b.events.append(
    sampleCommit(
      { stream: "b-1", events: [{ tags: [tag] }] },
      { conditions: [{ queries: [{ tags: [tag] }], after: 0 }] },
    ),
  );
  expect(result).toEqual({ status: "condition-failed", condition: 0, position: 1 });
});

test("G2: versions of a batch that was undone are forgotten, also where another store took its positions", async () => {
  const { a, b } = await openTwice();
  const undone = sampleCommit([
    { stream: "a-1" },
    // What no type allows, in the second stream, so that the first was written before.
    { stream: "a-2", events: [{ type: ["Deposited"] as unknown as string }] },
  ]);
  expect(await codeOf(a.events.append(undone))).toBe("internal");
  await b.events.append(sampleCommit({ stream: "b-1" }));
  const result = await a.events.append(sampleCommit({ stream: "a-1", expected: "none" }));
  expect(result).toMatchObject({ status: "appended", firstPosition: 2 });
  expect((await b.events.readStream("a-1")).map(({ version }) => version)).toEqual([1]);
});
