import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { DatabaseSync } from "@photostructure/sqlite";
import { startService } from "../../src/runtime/start-service.ts";
import { openSqlite } from "../../src/stores/sqlite/index.ts";
import { compare, judge, rateOf, ratioOf } from "../measure.ts";
import { accountService } from "./account-service.ts";
import { fillLog } from "./fill-log.ts";
import { withScratchFile } from "./scratch.ts";

const events = 100_000;
const streams = 10_000;
const page = 1000;
const longEvents = 1_000_000;
const longStreams = 100_000;

/** A view catches up over a filled log, next to a bare loop over the same file; and how much memory a long one takes. */
export async function catchUpCases(): Promise<void> {
  await withScratchFile(async (path) => {
    const store = await openSqlite({ path });
    await fillLog(store.events, events, streams);
    await store.close();
    let generation = 0;
    const result = await compare(
      `View catches up over ${events.toLocaleString("en-US")} events of ${streams.toLocaleString("en-US")} streams`,
      "events/s",
      [
        { name: "millrace", run: () => catchUp(path, events) },
        {
          name: "bare read, fold, batched upsert",
          run: async () => rateOf(events, () => bareCatchUp(path, ++generation)),
        },
      ],
    );
    judge(
      "millrace / bare loop",
      ratioOf(result, "millrace", "bare read, fold, batched upsert"),
      0.6,
      "at least",
    );
  });
  await withScratchFile(async (path) => {
    const store = await openSqlite({ path });
    await fillLog(store.events, longEvents, longStreams);
    await store.close();
    measureMemory(path);
  });
}

/** Catches up in a process of its own, whose memory it judges. */
function measureMemory(path: string): void {
  const program = fileURLToPath(new URL("./catch-up-memory.mjs", import.meta.url));
  const child = spawnSync(process.execPath, [program, path, String(longEvents)], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  });
  if (child.status !== 0) throw new Error(`the memory run ended with ${child.status}`);
  const { rate, residentMiB } = JSON.parse(child.stdout) as { rate: number; residentMiB: number[] };
  const third = Math.ceil(residentMiB.length / 3);
  const peaks = [0, 1, 2].map((part) => Math.max(...residentMiB.slice(part * third, (part + 1) * third)));
  console.log(
    `\nCatch-up of ${longEvents.toLocaleString("en-US")} events: ${Math.round(rate).toLocaleString("en-US")} events/s`,
  );
  console.log(`  resident memory, MiB, peak of each third: ${peaks.join(", ")}`);
  judge("peak MiB", Math.max(...peaks), 200, "at most");
}

/** Throws the view's table away and lets the service build it again; events per second. */
export async function catchUp(path: string, count: number): Promise<number> {
  const store = await openSqlite({ path });
  for (const table of await store.state.listTables()) await store.state.dropTable(table);
  for (const processor of (await store.state.listProcessors()).keys())
    await store.state.dropProcessor(processor);
  const rate = await rateOf(count, async () => {
    const runtime = await startService(accountService, {
      events: store.events,
      state: store.state,
      roles: ["query", "processor"],
    });
    for (;;) {
      const [report] = await runtime.operations.processors();
      if (report?.lag === 0) break;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    await runtime.stop();
  });
  await store.close();
  return rate;
}

/** Reads a page, folds in memory, writes the rows of the page and the checkpoint in one transaction. */
function bareCatchUp(path: string, generation: number): void {
  const database = new DatabaseSync(path);
  database.exec("PRAGMA synchronous = NORMAL");
  const table = `bare_${generation}`;
  database.exec(
    `CREATE TABLE ${table} (key TEXT PRIMARY KEY, row TEXT NOT NULL, position INTEGER NOT NULL, "userId" REAL, status TEXT);
     CREATE INDEX ${table}_user ON ${table} ("userId", key);
     CREATE INDEX ${table}_status ON ${table} (status, key);
     CREATE TABLE ${table}_checkpoint (position INTEGER)`,
  );
  const read = database.prepare(
    "SELECT position, stream, type, recorded_at, data FROM events WHERE position > ? ORDER BY position LIMIT ?",
  );
  const load = database.prepare(
    `SELECT key, row FROM ${table} WHERE key IN (SELECT value FROM json_each(?))`,
  );
  const upsert = database.prepare(
    `INSERT INTO ${table} (key, row, position, "userId", status) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT (key) DO UPDATE SET row = excluded.row, position = excluded.position, "userId" = excluded."userId", status = excluded.status`,
  );
  const checkpoint = database.prepare(`INSERT INTO ${table}_checkpoint VALUES (?)`);
  for (let after = 0; ; ) {
    const rows = read.all(after, page) as {
      position: number;
      stream: string;
      type: string;
      recorded_at: number;
      data: string;
    }[];
    if (rows.length === 0) break;
    const keys = [...new Set(rows.map((row) => row.stream.slice(8)))];
    const folded = new Map(
      (load.all(JSON.stringify(keys)) as { key: string; row: string }[]).map(({ key, row }) => [
        key,
        JSON.parse(row),
      ]),
    );
    for (const row of rows) {
      const key = row.stream.slice(8);
      const data = JSON.parse(row.data);
      const before = folded.get(key);
      folded.set(
        key,
        row.type === "AccountOpened"
          ? { ...data, status: "ACTIVE", changes: 0, lastModified: row.recorded_at }
          : {
              ...before,
              status: row.type === "AccountSuspended" ? "SUSPENDED" : "ACTIVE",
              changes: before.changes + 1,
              lastModified: row.recorded_at,
            },
      );
      after = row.position;
    }
    database.exec("BEGIN IMMEDIATE");
    for (const [key, row] of folded) upsert.run(key, JSON.stringify(row), after, row.userId, row.status);
    checkpoint.run(after);
    database.exec("COMMIT");
  }
  database.exec(`DROP TABLE ${table}; DROP TABLE ${table}_checkpoint`);
  database.close();
}
