import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Runs `work` with the path of a database that does not exist yet, on the disk that holds temporary files. */
export async function withScratchFile<T>(work: (path: string) => Promise<T> | T): Promise<T> {
  const folder = mkdtempSync(join(process.env.BENCH_DIR ?? tmpdir(), "millrace-bench-"));
  try {
    return await work(join(folder, "bench.db"));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
