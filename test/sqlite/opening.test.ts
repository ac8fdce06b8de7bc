import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { DatabaseSync } from "@photostructure/sqlite";
import { expect, test } from "vitest";
import { openSqlite } from "../../src/stores/sqlite/index.ts";
import { sampleCommit } from "../../src/testing/conformance/sample-commit.ts";
import { codeOf, opened, scratchFile } from "./scratch-file.ts";

test("a store makes its file and the folders above", async () => {
  const path = join(dirname(scratchFile()), "data", "deep", "app.db");
  await opened(path);
  expect(existsSync(path)).toBe(true);
});

test("G11: a path that is no file is refused", async () => {
  expect(await codeOf(openSqlite({ path: ":memory:" }))).toBe("configuration-invalid");
  expect(await codeOf(openSqlite({ path: "" }))).toBe("configuration-invalid");
  const path = scratchFile();
  mkdirSync(path);
  expect(await codeOf(openSqlite({ path }))).toBe("store-unavailable");
});

test("G11: a file that is no database is refused and left as it is", async () => {
  const path = scratchFile();
  const text = "Dear diary, ".repeat(1000);
  writeFileSync(path, text);
  expect(await codeOf(openSqlite({ path }))).toBe("store-foreign");
  expect(readFileSync(path, "utf8")).toBe(text);
});

test("G11: a database of somebody else is refused and left as it is", async () => {
  const path = scratchFile();
  const database = new DatabaseSync(path);
  database.exec("CREATE TABLE events (name TEXT); INSERT INTO events VALUES ('theirs')");
  database.close();
  const before = readFileSync(path);
  expect(await codeOf(openSqlite({ path }))).toBe("store-foreign");
  expect(readFileSync(path).equals(before)).toBe(true);
});

test("G11: a database with the mark of another program is refused even while it is empty", async () => {
  const path = scratchFile();
  const database = new DatabaseSync(path);
  database.exec("PRAGMA application_id = 42");
  database.close();
  expect(await codeOf(openSqlite({ path }))).toBe("store-foreign");
});

test("G11: a database of a newer version is refused and left as it is", async () => {
  const path = await written();
  const database = new DatabaseSync(path);
  database.exec("PRAGMA user_version = 1000; PRAGMA wal_checkpoint(TRUNCATE)");
  database.close();
  const before = readFileSync(path);
  expect(await codeOf(openSqlite({ path }))).toBe("store-newer");
  expect(readFileSync(path).equals(before)).toBe(true);
});

test("G11: a damaged database is refused", async () => {
  const path = await written();
  // The pages behind the first, which holds the header and the schema.
  const file = openSync(path, "r+");
  writeSync(file, Buffer.alloc(4096 * 8, 0xa5), 0, 4096 * 8, 4096);
  expect(await codeOf(openSqlite({ path }))).toBe("store-corrupt");
});

test("G11: damage that nobody would meet until later is found when a small file is opened", async () => {
  const path = await written();
  // The last pages hold entries of indexes and events that opening has no need to read.
  const bytes = readFileSync(path);
  bytes.fill(0xa5, bytes.length - 4096 * 4);
  writeFileSync(path, bytes);
  expect(await codeOf(openSqlite({ path }))).toBe("store-corrupt");
});

test("G11: a database that was cut off is refused", async () => {
  const path = await written();
  writeFileSync(path, readFileSync(path).subarray(0, 4096 * 3));
  expect(await codeOf(openSqlite({ path }))).toBe("store-corrupt");
});

// The superuser may write whatever the mode of a file says.
test.skipIf(process.getuid?.() === 0)("G11: a database that may not be written is refused", async () => {
  const path = await written();
  chmodSync(path, 0o444);
  expect(await codeOf(openSqlite({ path }))).toBe("store-read-only");
  chmodSync(path, 0o644);
  chmodSync(dirname(path), 0o555);
  expect(await codeOf(openSqlite({ path }))).toBe("store-read-only");
  chmodSync(dirname(path), 0o755);
});

test("after close the file alone is the database", async () => {
  const path = await written();
  const copy = `${path}.copy`;
  copyFileSync(path, copy);
  const { events } = await opened(copy);
  expect((await events.head()).position).toBe(200);
});

/** A closed database of ours with some events. */
async function written(): Promise<string> {
  const path = scratchFile();
  const { events, close } = await openSqlite({ path });
  await Promise.all(
    Array.from({ length: 200 }, (_, index) => events.append(sampleCommit({ stream: `a-${index}` }))),
  );
  await close();
  return path;
}
