import { expect, test } from "vitest";
import { systemClock } from "../../src/ports/clock.ts";
import { noTelemetry } from "../../src/ports/telemetry.ts";
import { connect } from "../../src/stores/sqlite/file-connection.ts";
import { prepareDatabase } from "../../src/stores/sqlite/prepare-database.ts";
import { SqliteEventStore } from "../../src/stores/sqlite/sqlite-event-store.ts";
import { sampleCommit } from "../../src/testing/conformance/sample-commit.ts";
import { codeOf, opened, scratchFile } from "./scratch-file.ts";

test("G11: one member of a batch that cannot be written leaves the others alone", async () => {
  const { events } = await opened(scratchFile());
  const commits = Array.from({ length: 20 }, (_, index) =>
    sampleCommit({
      stream: `a-${index}`,
      // What no type allows: SQLite cannot bind it.
      events: [{}, index === 7 ? { type: ["Deposited"] as unknown as string } : {}],
    }),
  );
  const outcomes = await Promise.all(
    commits.map((commit) => codeOf(events.append(commit).then(({ status }) => status))),
  );
  expect(outcomes).toEqual(commits.map((_, index) => (index === 7 ? "internal" : "appended")));
  expect(await events.readStream("a-7")).toEqual([]);
  expect(await events.findCommand(commits[7]?.command.id ?? "")).toBeUndefined();
  const { events: log } = await events.readLog({ after: 0, limit: 100 });
  expect(log.map(({ position }) => position)).toEqual(Array.from({ length: 38 }, (_, index) => index + 1));
});

test("G11: appends beyond the bound of the queue are told so, and what waits is written", async () => {
  const { events } = await opened(scratchFile(), { maxWaitingAppends: 10 });
  const outcomes = await Promise.all(
    Array.from({ length: 15 }, (_, index) =>
      codeOf(events.append(sampleCommit({ stream: `a-${index}` })).then(({ status }) => status)),
    ),
  );
  expect(outcomes.filter((outcome) => outcome === "appended")).toHaveLength(10);
  expect(outcomes.filter((outcome) => outcome === "overloaded")).toHaveLength(5);
  expect((await events.head()).position).toBe(10);
});

test("G11: on a full disk every member of the batch is told so, nothing is kept, and it goes on once there is room", async () => {
  const path = scratchFile();
  const connection = connect(path);
  prepareDatabase(connection);
  const events = new SqliteEventStore(connection, {
    logId: "log-1",
    name: "sqlite",
    maxEventBytes: 4 * 2 ** 20,
    maxWaitingAppends: 1000,
    telemetry: noTelemetry,
    clock: systemClock,
  });
  await events.append(sampleCommit({ stream: "a-0" }));
  const size = connection.sql("PRAGMA page_count").get<{ page_count: number }>()?.page_count ?? 0;
  connection.sql(`PRAGMA max_page_count = ${size + 20}`).get();
  const large = (index: number) =>
    sampleCommit({ stream: `b-${index}`, events: [{ data: { text: "x".repeat(20_000) } }] });
  const batch = Array.from({ length: 30 }, (_, index) => large(index));
  const outcomes = await Promise.all(batch.map((commit) => codeOf(events.append(commit))));
  expect(outcomes).toEqual(batch.map(() => "store-full"));
  expect((await events.head()).position).toBe(1);
  expect(await events.findCommand(batch[0]?.command.id ?? "")).toBeUndefined();
  expect((await events.append(sampleCommit({ stream: "a-0", expected: 1 }))).status).toBe("appended");
  connection.sql("PRAGMA max_page_count = 1000000").get();
  const again = await Promise.all(batch.map((commit) => events.append(commit)));
  expect(again.map(({ status }) => status)).toEqual(batch.map(() => "appended"));
  await events.close();
});
