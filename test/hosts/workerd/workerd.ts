import { build } from "esbuild";
import { Miniflare, type MiniflareOptions } from "miniflare";
import { root, sourceOfEntryPoints } from "../../entry-points.ts";

/** Bundles a worker and runs it in workerd, the runtime of Cloudflare Workers. */
export async function startWorker(
  file: string,
  options: Partial<MiniflareOptions> & { readonly nodeCompat?: boolean },
): Promise<Miniflare> {
  const { nodeCompat = false, ...more } = options;
  const { outputFiles } = await build({
    entryPoints: [file],
    absWorkingDir: root,
    bundle: true,
    write: false,
    format: "esm",
    platform: "browser",
    conditions: ["workerd", "worker"],
    alias: sourceOfEntryPoints(),
    external: ["cloudflare:*", ...(nodeCompat ? ["node:*"] : [])],
    logLevel: "silent",
  });
  return new Miniflare({
    modules: true,
    script: outputFiles[0]?.text ?? "",
    compatibilityDate: "2026-04-01",
    compatibilityFlags: nodeCompat ? ["nodejs_compat"] : [],
    ...more,
  } as MiniflareOptions);
}
