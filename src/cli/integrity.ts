import type { Command } from "commander";
import type { IntegrityReport } from "../runtime/runtime.ts";
import { ExitCode } from "./exit-code.ts";
import { withService } from "./open-service.ts";
import { type ListOptions, withExamples, withListOptions } from "./options.ts";
import { counted, printable, writeJson, writeLine } from "./output.ts";

export function declareIntegrity(program: Command): void {
  const integrity = program
    .command("integrity")
    .description("Look after references to other services' aggregates.");
  const check = integrity
    .command("check")
    .description(
      "Compare what the service refers to with what the owners publish; exit code 1 if anything is missing, retired or known otherwise.",
    );
  withListOptions(check).action((options: ListOptions) =>
    withService(options, async ({ runtime }) => {
      const report = await runtime.operations.checkIntegrity();
      await (options.json ? writeJson(report) : print(report));
      if (report.findings.length > 0) throw new ExitCode(1);
    }),
  );
  withExamples(check, "millrace integrity check", "millrace integrity check --json");
}

async function print({ compared, findings }: IntegrityReport): Promise<void> {
  for (const { kind, reference, referrer, detail } of findings) {
    const who = referrer === undefined ? "" : ` referred to by ${printable(referrer)},`;
    await writeLine(`${kind.toUpperCase().padEnd(9)} ${printable(reference)},${who} ${printable(detail)}`);
  }
  const verdict = findings.length === 0 ? "OK  " : "FAIL";
  await writeLine(
    `${verdict}  ${counted(compared)} compared, ${counted(findings.length)} do not go together`,
  );
}
