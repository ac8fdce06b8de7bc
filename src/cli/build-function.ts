import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import type { FunctionPlatform } from "../transports/connect-functions.ts";
import { type DeclaredFunction, exportOf } from "./declared-functions.ts";

/** A function that was built. */
export interface BuiltFunction {
  readonly name: string;
  readonly platform: FunctionPlatform;
  /** What the platform is given: it exports what that calls. */
  readonly file: string;
  readonly bytes: number;
  readonly gzippedBytes: number;
}

/** The frameworks that a platform brings by itself. */
const external: Readonly<Record<FunctionPlatform, readonly string[]>> = {
  "aws-lambda": [],
  cloudflare: ["cloudflare:*"],
  "google-cloud": ["@google-cloud/functions-framework"],
  fetch: [],
};

/** Packages that are no modules ask Node for its own by `require`, which a module does not have. */
const requireOfNode =
  'import { createRequire as millraceRequire } from "node:module"; const require = millraceRequire(import.meta.url);';

/** Bundles a function, and nothing that it does not use, into a folder of its own, with a source map. */
export async function buildFunction(
  declared: DeclaredFunction,
  { folder, out }: { readonly folder: string; readonly out: string },
): Promise<BuiltFunction> {
  const { name } = declared;
  const { platform } = declared.settings;
  const { file: source, exported } = await exportOf(declared, folder);
  const { build } = await import("esbuild");
  const isNode = platform === "aws-lambda" || platform === "google-cloud";
  const { outputFiles } = await build({
    stdin: {
      contents: entryOf(name, platform, source, exported),
      resolveDir: folder,
      sourcefile: `${name}.ts`,
      loader: "ts",
    },
    outfile: path.join(out, name, "index.mjs"),
    bundle: true,
    write: false,
    minify: true,
    keepNames: true,
    sourcemap: true,
    format: "esm",
    target: "es2022",
    platform: isNode ? "node" : "browser",
    ...(isNode ? { banner: { js: requireOfNode } } : {}),
    external: [...external[platform]],
    logLevel: "silent",
    // As for the configuration, which tsx has loaded.
    ...(process.env.TSX_TSCONFIG_PATH === undefined ? {} : { tsconfig: process.env.TSX_TSCONFIG_PATH }),
  });
  mkdirSync(path.join(out, name), { recursive: true });
  let built: BuiltFunction | undefined;
  for (const { path: file, contents } of outputFiles) {
    writeFileSync(file, contents);
    if (file.endsWith(".mjs")) {
      const gzippedBytes = gzipSync(contents).length;
      built = {
        name,
        platform,
        file: path.relative(process.cwd(), file),
        bytes: contents.length,
        gzippedBytes,
      };
    }
  }
  if (platform === "google-cloud") writeFileSync(path.join(out, name, "package.json"), frameworkPackage());
  return built as BuiltFunction;
}

/** The module that the platform calls. */
function entryOf(name: string, platform: FunctionPlatform, source: string, exported: string): string {
  const imports = (host: string, what: string) =>
    `import { ${what} } from ${JSON.stringify(moduleOf(host))};\n`;
  const common = `import { ${exported} as reacting } from ${JSON.stringify(source)};\n${imports("fetch", "functionHandler")}`;
  const fromProcess = `functionHandler(reacting, { secret: process.env.MILLRACE_FUNCTION_SECRET ?? "" })`;
  switch (platform) {
    case "aws-lambda":
      return `${common}${imports(platform, "lambdaHandler")}export const handler = lambdaHandler(${fromProcess});\n`;
    case "google-cloud":
      return `${common}${imports(platform, "httpTrigger")}import { http } from "@google-cloud/functions-framework";\nhttp(${JSON.stringify(name)}, httpTrigger(${fromProcess}));\n`;
    default:
      return `${common}
let handler;
const made = (env) => functionHandler(reacting, {
  secret: env?.MILLRACE_FUNCTION_SECRET ?? globalThis.process?.env?.MILLRACE_FUNCTION_SECRET ?? "",
});
export default { fetch: (request, env) => (handler ??= made(env)).fetch(request) };
`;
  }
}

/** A host of this package, whether it runs from its sources or was built. */
function moduleOf(host: string): string {
  const here = fileURLToPath(import.meta.url);
  return path.join(path.dirname(here), "..", "hosts", host, `index${path.extname(here)}`);
}

/** What Google's builder installs beside the bundle. */
function frameworkPackage(): string {
  const dependencies = { "@google-cloud/functions-framework": "5.0.5" };
  return `${JSON.stringify({ type: "module", main: "index.mjs", dependencies }, null, 2)}\n`;
}
