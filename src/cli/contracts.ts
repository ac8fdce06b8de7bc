import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { Command } from "commander";
import { contract } from "../domain/contract-of.ts";
import { MillraceError } from "../errors/millrace-error.ts";
import { contractFiles } from "./contract-files.ts";
import { ExitCode } from "./exit-code.ts";
import { loadService } from "./load-config.ts";
import { type ListOptions, withExamples, withListOptions } from "./options.ts";
import { writeJson, writeLine } from "./output.ts";

interface WriteOptions extends ListOptions {
  readonly check?: boolean;
}

/** A file of a contract, as it was found. */
interface ContractFile {
  readonly file: string;
  readonly status: "same" | "differs" | "missing";
}

export function declareContracts(program: Command): void {
  const contracts = program.command("contracts").description("Write down what a service promises to others.");

  const write = contracts
    .command("write [folder]")
    .description(
      "Write the service's contract as SERVICE.json and, for TypeScript, SERVICE.ts (default folder: contracts).",
    )
    .option("--check", "write nothing; exit code 1 if a file is missing or differs");
  withListOptions(write).action(async (folder: string | undefined, options: WriteOptions) => {
    const { config } = await loadService(options);
    const texts = contractFiles(contract(config.service).document);
    const files = inFolder(folder ?? "contracts", texts, options.check ?? false);
    await (options.json ? writeJson(files) : print(files, options));
    if (options.check && files.some(({ status }) => status !== "same")) throw new ExitCode(1);
  });
  withExamples(
    write,
    "millrace contracts write",
    "millrace contracts write ../billing/contracts",
    "millrace contracts write --check",
  );
}

/** Compares the files in a folder with their texts, and writes those that differ unless `check`. */
function inFolder(
  folder: string,
  texts: Readonly<Record<string, string>>,
  check: boolean,
): readonly ContractFile[] {
  try {
    return Object.entries(texts).map(([name, text]) => {
      const file = path.join(folder, name);
      const status = statusOf(file, text);
      if (!check && status !== "same") {
        mkdirSync(folder, { recursive: true });
        writeFileSync(file, text);
      }
      return { file, status };
    });
  } catch (cause) {
    throw new MillraceError(
      "configuration-invalid",
      `The contract cannot be ${check ? "read from" : "written to"} ${folder}: ${cause instanceof Error ? cause.message : String(cause)}.`,
      { cause },
    );
  }
}

/** Line ends may have become those of Windows on the way through git. */
function statusOf(file: string, text: string): ContractFile["status"] {
  if (!existsSync(file)) return "missing";
  return readFileSync(file, "utf8").replaceAll("\r\n", "\n") === text ? "same" : "differs";
}

async function print(files: readonly ContractFile[], { check }: WriteOptions): Promise<void> {
  for (const { file, status } of files) {
    if (status === "same") await writeLine(`OK    ${file}`);
    else if (check) await writeLine(`FAIL  ${file} ${status === "missing" ? "is missing" : status}`);
    else await writeLine(`Wrote ${file}`);
  }
  if (check && files.some(({ status }) => status !== "same")) {
    await writeLine("Run `millrace contracts write`, and commit what it writes.");
  }
}
