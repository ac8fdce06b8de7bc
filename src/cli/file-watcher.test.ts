import { mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { FileWatcher } from "./file-watcher.ts";

let folder: string;
let watcher: FileWatcher;
const changed = vi.fn();

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "millrace-watch-"));
  changed.mockReset();
  watcher = new FileWatcher(changed);
});
afterEach(() => {
  watcher.close();
  rmSync(folder, { recursive: true });
});

const once = () => vi.waitFor(() => expect(changed).toHaveBeenCalled(), { timeout: 5000 });

test("tells once of a burst of changes", async () => {
  const file = path.join(folder, "service.ts");
  writeFileSync(file, "1");
  watcher.add(file);
  for (let i = 0; i < 5; i++) writeFileSync(file, String(i));
  await once();
  expect(changed).toHaveBeenCalledTimes(1);
});

test("tells of a file that is replaced, as editors do, again and again", async () => {
  const file = path.join(folder, "service.ts");
  writeFileSync(file, "1");
  watcher.add(file);
  for (let round = 0; round < 2; round++) {
    changed.mockReset();
    writeFileSync(`${file}.new`, "2");
    renameSync(`${file}.new`, file);
    await once();
  }
});

test("tells of a source that appears beside one that is watched", async () => {
  watcher.add(path.join(folder, "service.ts"));
  writeFileSync(path.join(folder, "missing.ts"), "export {}");
  await once();
});
