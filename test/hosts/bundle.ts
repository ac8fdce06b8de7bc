import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { root, sourceOfEntryPoints } from "../entry-points.ts";

/** A bundle, and what went into it. */
export interface Bundle {
  readonly text: string;
  readonly gzippedBytes: number;
  /** The files of which anything is in it, from the root of the repository. */
  readonly files: readonly string[];
}

/** Bundles an entry point, given as text, for where there is no Node. Rejects where it would need something of Node. */
export async function bundleForBrowser(
  entry: string,
  { external = [] }: { readonly external?: readonly string[] } = {},
): Promise<Bundle> {
  const { outputFiles, metafile } = await build({
    stdin: { contents: entry, resolveDir: root, loader: "ts" },
    absWorkingDir: root,
    bundle: true,
    write: false,
    metafile: true,
    minify: true,
    format: "esm",
    platform: "browser",
    logLevel: "silent",
    alias: sourceOfEntryPoints(),
    external: [...external],
  });
  const [output] = outputFiles;
  const [made] = Object.values(metafile.outputs);
  if (output === undefined || made === undefined) throw new Error("Nothing was bundled.");
  const files = Object.entries(made.inputs).flatMap(([file, { bytesInOutput }]) =>
    bytesInOutput > 0 ? file : [],
  );
  return { text: output.text, gzippedBytes: gzipSync(output.contents).length, files };
}
