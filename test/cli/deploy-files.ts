import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect } from "vitest";
import { parseDocument } from "yaml";
import { makeShop, millrace } from "./millrace.ts";

const functions = (platform: string) => `auth: "none", functions: {
  "complete-small": { from: "./src/service.ts", platform: "${platform}", memoryMb: 512, timeoutSeconds: 20, concurrency: 4 },
}`;

export const strict = `services: { billing: "https://billing.example" }, referrers: ["billing"],
  auth: { jwksUrl: "https://id.example/jwks.json", issuer: "https://id.example/", audience: "shop" }`;

/** The files that `deploy init` writes for a service with this in its configuration, and the folder of the service. */
export async function initiatedWith(configuration: string, platform: string) {
  const folder = makeShop(configuration);
  const { code, stderr } = await millrace(["deploy", "init", platform], folder);
  expect([code, stderr]).toEqual([0, ""]);
  const out = path.join(folder, "deploy", platform);
  const files = Object.fromEntries(
    readdirSync(out).map((file) => [file, readFileSync(path.join(out, file), "utf8")]),
  );
  return { folder, out, files };
}

/** What it writes for a service with one function. */
export function initiated(platform: string, functionPlatform: string) {
  return initiatedWith(functions(functionPlatform), platform);
}

/** Reads a document of YAML in which no key may be there twice, and the short forms of CloudFormation mean nothing. */
export function yamlOf(text = ""): unknown {
  const tag = (name: string) => ({ tag: name, resolve: (value: string) => value });
  const document = parseDocument(text, {
    customTags: [
      tag("!Ref"),
      tag("!Sub"),
      { ...tag("!Ref"), collection: "seq" as const, resolve: (value: unknown) => value },
    ] as never,
  });
  expect(document.errors).toEqual([]);
  return document.toJS();
}
