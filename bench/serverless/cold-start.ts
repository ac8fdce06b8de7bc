import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { bundleForBrowser } from "../../test/hosts/bundle.ts";
import { compare, judge, ratioOf } from "../measure.ts";

const rounds = 21;
const bare = "Hono with one zod schema";
const ours = "a fetch handler with one aggregate";

/** Import and first request of a function, each time in a fresh process, both bundled as they are deployed. */
export async function coldStartCases(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "millrace-bench-"));
  try {
    const contestants = await Promise.all([
      contestant(folder, bare, "bare-function"),
      contestant(folder, ours, "service-function"),
    ]);
    const took = await compare("Import and first request", "ms", contestants, rounds);
    judge("times the bare function", ratioOf(took, ours, bare), 1.5, "at most");
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function contestant(folder: string, name: string, entry: string) {
  const source = fileURLToPath(new URL(`./${entry}.ts`, import.meta.url));
  const { text } = await bundleForBrowser(`export * from ${JSON.stringify(source)};`);
  const file = join(folder, `${entry}.mjs`);
  writeFileSync(file, text);
  const script = fileURLToPath(new URL("./first-request.mjs", import.meta.url));
  return {
    name,
    async run() {
      const { stdout, stderr, status } = spawnSync(process.execPath, [script, pathToFileURL(file).href]);
      if (status !== 0) throw new Error(String(stderr));
      return Number(stdout);
    },
  };
}
