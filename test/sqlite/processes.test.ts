import { expect, test } from "vitest";
import type { RecordedEvent } from "../../src/message/event.ts";
import type { EventStore } from "../../src/ports/event-store.ts";
import { sampleCommit } from "../../src/testing/conformance/sample-commit.ts";
import { appendProcess, type Line } from "./child.ts";
import { opened, scratchFile } from "./scratch-file.ts";

test("G2, G3: processes that make and fill one file leave one log without gaps, and a reader misses nothing", {
  timeout: 60_000,
}, async () => {
  const path = scratchFile();
  const children = ["a", "b", "c"].map((name) => appendProcess([path, name, "6", "100"]));
  const { events } = await opened(path);
  const total = 3 * 6 * 100;
  const seen: RecordedEvent[] = [];
  for (let after = 0; after < total; ) {
    await events.waitForEvents(after, AbortSignal.timeout(30_000));
    const page = await events.readLog({ after, limit: 64 });
    seen.push(...page.events);
    after = page.through.position;
  }
  await Promise.all(children.map(({ ended }) => ended));
  expect(seen.map(({ position }) => position)).toEqual(
    Array.from({ length: total }, (_, index) => index + 1),
  );
  expectVersions(seen);
  await expectKept(
    events,
    children.flatMap(({ lines }) => lines),
    total,
  );
});

test("G1: what a process was told before it was killed is there, and the log goes on", {
  timeout: 60_000,
}, async () => {
  const path = scratchFile();
  const acknowledged: Line[] = [];
  for (let round = 0; round < 3; round++) {
    const child = appendProcess([path, "a"]);
    await child.printed(50 + Math.floor(Math.random() * 200));
    child.process.kill("SIGKILL");
    await child.ended;
    acknowledged.push(...child.lines);
  }
  const { events } = await opened(path);
  const log = await readAll(events);
  expect(log.map(({ position }) => position)).toEqual(log.map((_, index) => index + 1));
  expectVersions(log);
  expect(acknowledged.length).toBeGreaterThanOrEqual(150);
  await expectKept(events, acknowledged, acknowledged.length);
  expect((await events.append(sampleCommit({ stream: "a-1" }))).status).toBe("appended");
});

test.skipIf(process.platform === "win32")(
  "G1: when the disk breaks off a COMMIT the outcome is unknown, and what was acknowledged before is there",
  { timeout: 60_000 },
  async () => {
    const path = scratchFile();
    // A process whose files may not grow beyond 512 KiB: its write fails like one on a broken disk.
    const limited = ["bash", "-c", `trap '' XFSZ; ulimit -f 512; exec "$@"`, "bash"];
    const child = appendProcess([path, "a", "8", "5000"], limited);
    await child.ended;
    const acknowledged = child.lines.filter(({ code }) => code === undefined);
    expect(child.lines.at(-1)).toEqual({ code: "outcome-unknown" });
    const { events } = await opened(path);
    const log = await readAll(events);
    expect(log.map(({ position }) => position)).toEqual(log.map((_, index) => index + 1));
    await expectKept(events, acknowledged, acknowledged.length);
  },
);

async function readAll(events: EventStore): Promise<readonly RecordedEvent[]> {
  const log: RecordedEvent[] = [];
  const head = (await events.head()).position;
  for (let after = 0; after < head; ) {
    const page = await events.readLog({ after, limit: 1000 });
    log.push(...page.events);
    after = page.through.position;
  }
  return log;
}

/** Every stream's versions go up from 1, one by one, in the order of the log. */
function expectVersions(log: readonly RecordedEvent[]): void {
  const versions = new Map<string, number>();
  for (const { stream, version } of log) {
    expect(version).toBe((versions.get(stream) ?? 0) + 1);
    versions.set(stream, version);
  }
}

async function expectKept(events: EventStore, acknowledged: readonly Line[], count: number): Promise<void> {
  expect(acknowledged).toHaveLength(count);
  for (const { position = 0, stream, commandId = "" } of acknowledged) {
    expect(await events.findCommand(commandId)).toMatchObject({ status: "appended", lastPosition: position });
    expect((await events.pointAt(position))?.eventId).toBe(`${commandId}.0`);
    expect(stream).toBeDefined();
  }
}
