import { describe, expect, test } from "vitest";
import { bundleForBrowser } from "./bundle.ts";

/** What Node has, and not every platform that speaks `fetch`. */
const ofNode =
  /\b(Buffer|setImmediate|clearImmediate|__dirname|__filename)\b|\bprocess\.(argv|cwd|emit|env|exit|hrtime|memoryUsage|nextTick|on|once|platform|std\w+|versions?)\b|\brequire\(|["']node:/g;

const functionOf = (sides: string) => `
  import { aggregate, service } from "millrace";
  import { ${sides}, fetchHandler } from "millrace/fetch";
  export { aggregate, service };
  export const handlerOf = (declared, stores) =>
    fetchHandler(declared, { stores, auth: "none", sides: [${sides}] });
`;

test("everything on the way to a fetch handler does without Node", async () => {
  const { text, files } = await bundleForBrowser(`
    export * from "millrace";
    export * from "millrace/fetch";
    export * from "millrace/http";
    export * from "millrace/aws-lambda";
    export * from "millrace/google-cloud";
  `);
  expect(files.length).toBeGreaterThan(100);
  expect(text.match(ofNode)).toBeNull();
});

test("what runs in a Worker needs nothing of Node, and takes its next turn where there is one", async () => {
  const { text } = await bundleForBrowser('export * from "millrace/cloudflare";');
  expect(new Set(text.replaceAll("globalThis.setImmediate", "").match(ofNode))).toEqual(new Set());
});

test("the search for what is Node's finds it", async () => {
  await expect(bundleForBrowser('export * from "millrace/node";')).rejects.toThrow("Could not resolve");
  const { text } = await bundleForBrowser("export const later = (work) => setImmediate(work);");
  expect(text.match(ofNode)).toEqual(["setImmediate"]);
});

describe("a function's bundle", () => {
  const room = (files: readonly string[], name: string) => files.filter((file) => file.includes(name));

  test("of a command and a query side has at most 40 kB, gzipped, and no stores", async () => {
    const { gzippedBytes, files } = await bundleForBrowser(functionOf("commands, queries"));
    expect(gzippedBytes).toBeLessThanOrEqual(40_000);
    expect(room(files, "src/stores/")).toEqual([]);
    expect(room(files, "zod")).toEqual([]);
  });

  test("holds the sides that it names, and nothing of the others", async () => {
    const { files } = await bundleForBrowser(functionOf("commands"));
    expect(room(files, "src/runtime/command-handler")).toHaveLength(1);
    for (const unused of [
      "query-",
      "view-",
      "processor-",
      "policy-worker",
      "subscription",
      "operations",
      "openapi",
      "audit",
      "runtime/feed.ts",
      "deadline-timer",
      "bearer",
      "node_modules/jose",
      "cfworker",
    ]) {
      expect(room(files, unused), unused).toEqual([]);
    }
  });
});
