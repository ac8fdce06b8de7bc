import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import type { Command } from "commander";
import { MillraceError } from "../errors/millrace-error.ts";
import { withExamples } from "./options.ts";
import { writeLine } from "./output.ts";
import { packageVersion } from "./package-version.ts";

const template = fileURLToPath(new URL("../../templates/service", import.meta.url));

/** Files in which `{{name}}` stands for the service's name and `{{millrace}}` for what npm is to install. */
const filled = ["package.json", "README.md", "src/service.ts"];

export function declareNew(program: Command): void {
  const command = program
    .command("new <folder>")
    .description("Make a new service with its tests, to begin from.")
    .option("--millrace <spec>", "what npm is to install as millrace", `^${packageVersion()}`)
    .option("--verbose", "show where an error happened")
    .action(async (folder: string, { millrace }: { millrace: string }) => {
      const name = makeService(path.resolve(folder), millrace);
      const place = path.relative(process.cwd(), path.resolve(folder)) || ".";
      await writeLine(
        [
          `Made the service ${name}. Go on with:`,
          "",
          `  cd ${place}`,
          "  npm install",
          "  npm test",
          "  npm run dev",
        ].join("\n"),
      );
    });
  withExamples(command, "millrace new shop && cd shop && npm install && npm test && npx millrace dev");
}

/** Copies the template into a folder that is not there or empty, and names the service after it. */
export function makeService(folder: string, millrace: string): string {
  const name = path
    .basename(folder)
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^[^a-z]+|-+$/g, "");
  if (name === "") {
    throw new MillraceError(
      "configuration-invalid",
      `A service is named after its folder, so that needs a letter; found ${JSON.stringify(path.basename(folder))}.`,
    );
  }
  try {
    mkdirSync(folder, { recursive: true });
    if (readdirSync(folder).length > 0) {
      throw new MillraceError(
        "configuration-invalid",
        `${folder} is not empty, and a new service replaces nothing: name a folder that is not there yet.`,
      );
    }
    cpSync(template, folder, { recursive: true });
    // npm leaves files named .gitignore out of packages.
    renameSync(path.join(folder, "_gitignore"), path.join(folder, ".gitignore"));
    for (const file of filled) fill(path.join(folder, file), { name, millrace });
  } catch (error) {
    throw explain(folder, error);
  }
  return name;
}

function fill(file: string, values: Readonly<Record<string, string>>): void {
  const text = readFileSync(file, "utf8");
  writeFileSync(
    file,
    text.replace(/\{\{(\w+)\}\}/g, (placeholder, key: string) => values[key] ?? placeholder),
  );
}

function explain(folder: string, error: unknown): unknown {
  if (!(error instanceof Error) || !("code" in error) || error instanceof MillraceError) return error;
  const why =
    error.code === "ENOTDIR" || error.code === "EEXIST"
      ? existsSync(folder)
        ? "there is a file of this name"
        : "a part of its path is a file"
      : error.message;
  return new MillraceError("configuration-invalid", `${folder} cannot be made: ${why}.`, { cause: error });
}
