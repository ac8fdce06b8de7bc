import type { Command } from "commander";
import { examine } from "./doctor-checks.ts";
import { ExitCode } from "./exit-code.ts";
import { type ListOptions, withExamples, withListOptions } from "./options.ts";
import { printable, writeJson, writeLine } from "./output.ts";

export function declareDoctor(program: Command): void {
  const command = program
    .command("doctor")
    .description(
      "Look for what is wrong or soon will be, and say what to do; exit code 1 if anything fails.",
    );
  withListOptions(command).action(async (options: ListOptions) => {
    const findings = await examine(options);
    if (options.json) await writeJson(findings);
    else {
      const width = Math.max(...findings.map(({ subject }) => subject.length));
      for (const { verdict, subject, detail, advice } of findings) {
        await writeLine(`${verdict.padEnd(4)}  ${subject.padEnd(width)}  ${printable(detail)}`);
        if (advice !== undefined) await writeLine(`      ${" ".repeat(width)}  -> ${advice}`);
      }
    }
    if (findings.some(({ verdict }) => verdict === "FAIL")) throw new ExitCode(1);
  });
  withExamples(command, "millrace doctor", "millrace doctor --json");
}
