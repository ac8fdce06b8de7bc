import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { openSqlite, type SqliteOptions, type SqliteStore } from "../../src/stores/sqlite/index.ts";

/** A path in a folder that is gone after the test. */
export function scratchFile(name = "app.db"): string {
  const folder = mkdtempSync(join(tmpdir(), "millrace-sqlite-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, name);
}

/** A store that is closed after the test. */
export async function opened(path: string, options: Omit<SqliteOptions, "path"> = {}): Promise<SqliteStore> {
  const store = await openSqlite({ path, ...options });
  onTestFinished(() => store.close());
  return store;
}

/** The code of the error that the promise rejects with; the result if it does not. */
export function codeOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    (result) => result,
    (error: { readonly code?: unknown }) => error.code ?? error,
  );
}
