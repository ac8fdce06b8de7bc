import { bundleForBrowser } from "../../test/hosts/bundle.ts";
import { judge } from "../measure.ts";

const bundles: Readonly<Record<string, string>> = {
  "commands and queries": "commands, queries",
  commands: "commands",
  queries: "queries",
  processors: "processors",
  "all sides": "commands, queries, processors, feed, operations, health, openApi",
};

/** What a function's bundle weighs, without stores and without the schema library. */
export async function bundleSizeCases(): Promise<void> {
  console.log("\nBundles of a fetch handler (kB, minified and gzipped; no stores, no schemas)");
  for (const [name, sides] of Object.entries(bundles)) {
    const { gzippedBytes } = await bundleForBrowser(`
      import { aggregate, service } from "millrace";
      import { ${sides}, fetchHandler } from "millrace/fetch";
      export { aggregate, service };
      export const handlerOf = (declared, stores) =>
        fetchHandler(declared, { stores, auth: "none", sides: [${sides}] });
    `);
    console.log(`  ${name.padEnd(44)} ${(gzippedBytes / 1000).toFixed(1).padStart(12)}`);
    if (name === "commands and queries") judge("kB of the core", gzippedBytes / 1000, 40, "at most");
  }
}
