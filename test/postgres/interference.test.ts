import { openPostgres, type PostgresOptions, type PostgresStore } from "millrace/postgres";
import pg from "pg";
import { expect, onTestFinished, test } from "vitest";
import { noTelemetry } from "../../src/ports/telemetry.ts";
import { sampleCommit } from "../../src/testing/conformance/sample-commit.ts";
import { eventually } from "../runtime/running.ts";
import { freshDatabase } from "./fresh-database.ts";

async function connected(url: string): Promise<pg.Client> {
  const client = new pg.Client(url);
  await client.connect();
  onTestFinished(() => client.end());
  return client;
}

async function opened(url: string, options: Partial<PostgresOptions> = {}): Promise<PostgresStore> {
  const store = await openPostgres({ url, ...options });
  onTestFinished(() => store.close());
  return store;
}

/** A telemetry that counts the attempts that failed. */
function countingRetries() {
  const retries = { count: 0 };
  const log = (_level: string, message: string) => {
    if (message === "The database is tried again.") retries.count++;
  };
  return { retries, telemetry: { ...noTelemetry, log } };
}

test("G1, G4: all connections are ended again and again in the middle of appends, and each append is answered and happens once", {
  timeout: 60_000,
}, async () => {
  const url = await freshDatabase();
  const stranger = await connected(url);
  const stores = [await opened(url), await opened(url)];
  const answers = new Map<string, number>();
  let isOver = false;
  // A lost answer would leave an appender behind its stream, a double append ahead of it: either is a conflict.
  const appending = stores.flatMap(({ events }, store) =>
    Array.from({ length: 8 }, async (_, caller) => {
      for (let version = 0; !isOver; version++) {
        const commit = sampleCommit([
          { stream: `own-${store}.${caller}`, expected: version === 0 ? "none" : version },
          { stream: "shared-1" },
        ]);
        const result = await events.append(commit);
        expect(result).toMatchObject({ status: "appended" });
        if (result.status === "appended") answers.set(commit.command.id, result.point.position);
      }
    }),
  );
  for (let round = 0; round < 40; round++) {
    const enough = answers.size + 20;
    await Promise.race([
      eventually(
        () => answers.size,
        (found) => found >= enough,
      ),
      ...appending,
    ]);
    await stranger.query(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()",
    );
  }
  isOver = true;
  await Promise.all(appending);

  const log = (await (await opened(url)).events.readLog({ after: 0, limit: 1e6 })).events;
  expect(log.map(({ position }) => position)).toEqual(log.map((_, index) => index + 1));
  const last = new Map(log.map(({ metadata, position }) => [metadata.causationId, position]));
  expect(last).toEqual(answers);
  expect(log).toHaveLength(answers.size * 2);
  // All hear of each other's events again.
  await eventually(
    async () =>
      (
        await stranger.query(
          "SELECT FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN %' AND state = 'idle'",
        )
      ).rowCount,
    (ears) => ears === 3,
  );
});

test("appends wait while a stranger holds the row of the log, are tried again, and go on afterwards", async () => {
  const url = await freshDatabase();
  const stranger = await connected(url);
  const { retries, telemetry } = countingRetries();
  const { events } = await opened(url, { telemetry });
  // Three seconds are what an append waits at once.
  for (const name of ["append", "append_one"]) {
    await stranger.query(`ALTER FUNCTION millrace.${name} SET lock_timeout = '50ms'`);
  }
  await stranger.query("BEGIN; SELECT FROM millrace.log FOR UPDATE");
  const appending = Promise.all(
    [1, 2, 3].map((count) => events.append(sampleCommit({ stream: `a-${count}`, events: count }))),
  );
  await eventually(
    () => retries.count,
    (count) => count >= 3,
  );
  expect((await events.head()).position).toBe(0);
  await stranger.query("COMMIT");
  expect((await appending).map(({ status }) => status)).toEqual(["appended", "appended", "appended"]);
  expect((await events.head()).position).toBe(6);
});

test("an append that waited in vain for the row of the log has patience left to wait again", {
  timeout: 60_000,
}, async () => {
  const url = await freshDatabase();
  const stranger = await connected(url);
  const { retries, telemetry } = countingRetries();
  const { events } = await opened(url, { telemetry });
  await stranger.query("BEGIN; SELECT FROM millrace.log FOR UPDATE");
  const appending = events.append(sampleCommit({ stream: "a-1" }));
  const retried = eventually(
    () => retries.count,
    (count) => count >= 2,
  );
  await Promise.race([retried, appending]);
  await stranger.query("COMMIT");
  await expect(appending).resolves.toMatchObject({ status: "appended", repeated: false });
});

test("G4: appends that a timeout of the server cancels are tried again, then known not to have happened", async () => {
  const url = await freshDatabase({ statement_timeout: "50ms" });
  // To make the schema may take longer.
  const maker = await openPostgres({ url: `${url}?options=-c%20statement_timeout%3D0` });
  await maker.close();
  const stranger = await connected(url);
  const { retries, telemetry } = countingRetries();
  const { events } = await opened(url, { telemetry, patienceMs: 500 });
  await stranger.query("BEGIN; SELECT FROM millrace.log FOR UPDATE");
  const commit = sampleCommit({ stream: "a-1" });
  await expect(events.append(commit)).rejects.toMatchObject({
    code: "store-unavailable",
    retryable: true,
    message: expect.stringContaining("statement timeout"),
  });
  expect(retries.count).toBeGreaterThanOrEqual(1);
  await stranger.query("COMMIT");
  await expect(events.append(commit)).resolves.toMatchObject({ status: "appended", repeated: false });
  expect((await events.head()).position).toBe(1);
});
