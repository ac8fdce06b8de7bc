import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { MillraceError } from "../errors/millrace-error.ts";

const names = ["millrace.config.ts", "millrace.config.mts", "millrace.config.js", "millrace.config.mjs"];

/** The configuration's file: the one that was named, or the one in the working directory. */
export function findConfig(named: string | undefined): string {
  if (named !== undefined) {
    const file = path.resolve(named);
    if (existsSync(file)) return requireModule(file);
    throw new MillraceError("configuration-invalid", `There is no configuration ${file}.`);
  }
  const folder = process.cwd();
  const found = names.find((name) => existsSync(path.join(folder, name)));
  if (found !== undefined) return requireModule(path.join(folder, found));
  throw new MillraceError(
    "configuration-invalid",
    `There is no millrace.config.ts in ${folder}. Change to the folder of a service, name the file with --config, or make a new service with "millrace new DIR".`,
  );
}

/** Throws unless Node takes the file, and so what it imports, for an ES module, which is what Millrace is. */
function requireModule(file: string): string {
  if (/\.m[jt]s$/.test(file)) return file;
  for (let folder = path.dirname(file); ; folder = path.dirname(folder)) {
    const manifest = path.join(folder, "package.json");
    if (existsSync(manifest)) {
      if (typeOf(manifest) === "module") return file;
      throw new MillraceError(
        "configuration-invalid",
        `${manifest} must say "type": "module": Millrace and its configuration are ES modules.`,
      );
    }
    if (folder === path.dirname(folder)) return file;
  }
}

function typeOf(manifest: string): unknown {
  try {
    return (JSON.parse(readFileSync(manifest, "utf8")) as { readonly type?: unknown }).type;
  } catch (cause) {
    throw new MillraceError("configuration-invalid", `${manifest} is not JSON.`, { cause });
  }
}
