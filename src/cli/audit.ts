import type { Command } from "commander";
import type { AuditReport } from "../runtime/runtime.ts";
import { ExitCode } from "./exit-code.ts";
import { withService } from "./open-service.ts";
import { type ListOptions, parseShare, withExamples, withListOptions } from "./options.ts";
import { counted, printable, writeJson, writeLine } from "./output.ts";
import { showProgress } from "./progress.ts";

interface AuditOptions extends ListOptions {
  readonly sample?: number;
  readonly full?: boolean;
  readonly view?: readonly string[];
}

export function declareAudit(program: Command): void {
  const command = program
    .command("audit")
    .description(
      "Fold rows again from the log and compare them with those stored; exit code 1 if any differ.",
    )
    .option("--sample <share>", "the share of rows to compare, such as 0.05 or 5% (default: 1%)", parseShare)
    .option("--full", "compare all rows")
    .option("--view <name...>", "these views only");
  withListOptions(command).action((options: AuditOptions) =>
    withService(options, async ({ runtime }) => {
      const sample = options.full ? 1 : options.sample;
      const reports: AuditReport[] = [];
      const progress = showProgress("Auditing");
      try {
        for await (const report of runtime.operations.audit({
          ...(options.view === undefined ? {} : { views: options.view }),
          ...(sample === undefined ? {} : { sample }),
        })) {
          progress.update(report.compared, undefined);
          if (report.done) reports.push(report);
        }
      } finally {
        progress.end();
      }
      await (options.json ? writeJson(reports) : print(reports));
      if (reports.some((report) => report.differences.length > 0)) throw new ExitCode(1);
    }),
  );
  withExamples(
    command,
    "millrace audit",
    "millrace audit --sample 10% --view accounts",
    "millrace audit --full --json",
  );
}

async function print(reports: readonly AuditReport[]): Promise<void> {
  for (const { subject, compared, total, differences } of reports) {
    const verdict = differences.length === 0 ? "OK  " : "FAIL";
    await writeLine(
      `${verdict}  ${subject}: ${counted(compared)} rows compared, folded from ${counted(total)} events, ${counted(differences.length)} differ`,
    );
    for (const { key, expected, found } of differences) {
      await writeLine(`      ${printable(key)}`);
      await writeLine(`        expected ${shown(expected)}`);
      await writeLine(`        found    ${shown(found)}`);
    }
  }
}

function shown(row: unknown): string {
  return row === undefined ? "no row" : printable(JSON.stringify(row));
}
