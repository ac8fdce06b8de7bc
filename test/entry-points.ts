import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("..", import.meta.url));

interface PackageJson {
  readonly name: string;
  readonly files: readonly string[];
  readonly exports: Readonly<Record<string, string | { readonly types: string; readonly default: string }>>;
  readonly bin: Readonly<Record<string, string>>;
  readonly engines: { readonly node: string };
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
}

export const packageJson = JSON.parse(readFileSync(`${root}package.json`, "utf8")) as PackageJson;

/** The source file behind each public name: `millrace/testing` -> `<root>/src/testing/index.ts`. */
export function sourceOfEntryPoints(): Record<string, string> {
  const sources: Record<string, string> = {};
  for (const [subpath, target] of Object.entries(packageJson.exports)) {
    if (typeof target === "string") continue;
    const source = target.default.replace(/^\.\/dist\//, "src/").replace(/\.js$/, ".ts");
    sources[packageJson.name + subpath.slice(1)] = root + source;
  }
  return sources;
}
