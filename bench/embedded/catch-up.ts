import { DatabaseSync } from "@photostructure/sqlite";
import { openSqlite } from "../../src/stores/sqlite/index.ts";
import { judgeMemory } from "../catch-up-memory.ts";
import { fillLog } from "../fill-log.ts";
import { compare, judge, rateOf, ratioOf } from "../measure.ts";
import { rebuildView } from "../rebuild-view.ts";
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
    judgeMemory(`sqlite:${path}`, longEvents, 200);
  });
}

/** Throws the view's table away and lets the service build it again; events per second. */
export async function catchUp(path: string, count: number): Promise<number> {
  const store = await openSqlite({ path });
  const rate = await rebuildView(store, count);
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
