import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import type { DatabaseSyncInstance } from "@photostructure/sqlite";
import { beforeEach, expect, test, vi } from "vitest";
import { appendProcess } from "./child.ts";
import { opened, scratchFile } from "./scratch-file.ts";

const connections = vi.hoisted((): DatabaseSyncInstance[] => []);

// The real driver, watched: which connections are opened.
vi.mock(import("@photostructure/sqlite"), async (importOriginal) => {
  const driver = await importOriginal();
  const DatabaseSync = new Proxy(driver.DatabaseSync, {
    construct(target, args, newTarget) {
      const connection = Reflect.construct(target, args, newTarget) as DatabaseSyncInstance;
      connections.push(connection);
      return connection;
    },
  });
  return { ...driver, DatabaseSync };
});

beforeEach(() => {
  connections.length = 0;
});

test("G1: the log's connection syncs every commit, and that of the state keeps commits whole and in order", async () => {
  await opened(scratchFile());
  const settings = connections.map((connection) => ({
    journal: connection.prepare("PRAGMA journal_mode").get().journal_mode,
    // 2 is FULL: the write-ahead log is synced at each commit. 1 is NORMAL: before it is folded into the file.
    synchronous: connection.prepare("PRAGMA synchronous").get().synchronous,
    fullSync: connection.prepare("PRAGMA fullfsync").get().fullfsync,
  }));
  expect(settings).toEqual([
    { journal: "wal", synchronous: 2, fullSync: 1 },
    { journal: "wal", synchronous: 1, fullSync: 0 },
  ]);
});

// It may be there and still not be allowed to watch.
const strace = spawnSync("strace", ["-f", "-o", "/dev/null", "true"]).status === 0;

test.skipIf(!strace)(
  "G1: between an append and the answer to it lies a sync (where strace is there to tell)",
  { timeout: 60_000 },
  async () => {
    const path = scratchFile();
    const trace = `${path}.trace`;
    const watch = ["strace", "-f", "-qq", "-e", "trace=fsync,fdatasync,write", "-s", "40", "-o", trace];
    const child = appendProcess([path, "a", "1", "40"], watch);
    await child.ended;
    expect(child.lines).toHaveLength(40);
    let synced = false;
    const unsynced: string[] = [];
    let answers = 0;
    for (const line of readFileSync(trace, "utf8").split("\n")) {
      if (/\bf(data)?sync\(/.test(line)) synced = true;
      if (!line.includes('write(1, "{\\"position\\"')) continue;
      answers++;
      if (!synced) unsynced.push(line);
      synced = false;
    }
    expect(answers).toBe(40);
    expect(unsynced).toEqual([]);
  },
);
