import type { Command } from "commander";
import { ExitCode } from "./exit-code.ts";
import { withService } from "./open-service.ts";
import {
  type ListOptions,
  type ServiceOptions,
  withExamples,
  withListOptions,
  withServiceOptions,
} from "./options.ts";
import { note, printable, table, writeJson, writeLine } from "./output.ts";
import { rebuildView } from "./rebuild-view.ts";

export function declareProcessors(program: Command): void {
  const processors = program.command("processors").description("Look after what runs views and policies.");

  const list = processors
    .command("list")
    .description("List the processors: how far each is, and what holds it up.");
  withListOptions(list).action((options: ListOptions) =>
    withService(options, async ({ runtime }) => {
      const reports = await runtime.operations.processors();
      if (options.json) return writeJson(reports);
      await writeLine(
        table(
          ["NAME", "KIND", "STATUS", "POSITION", "LAG", "RETRYING", "PARKED"],
          reports.map((it) => [
            it.name,
            it.kind,
            it.status,
            it.position,
            it.lag,
            it.retryingSequences,
            it.parkedSequences,
          ]),
        ),
      );
      for (const { name, state } of reports) {
        for (const { failure } of state.ranges) {
          if (failure !== undefined) {
            note(
              `${name} stands at position ${failure.position}: ${printable(failure.message)} [${failure.code}]`,
            );
          }
        }
      }
    }),
  );
  withExamples(
    list,
    "millrace processors list",
    "millrace processors list --json | jq '.[] | select(.lag > 0)'",
  );

  const pause = processors
    .command("pause <name>")
    .description("Stop a processor in all processes until it is resumed.");
  withServiceOptions(pause).action((name: string, options: ServiceOptions) =>
    withService(options, async ({ runtime }) => {
      await runtime.operations.pause(name);
      await writeLine(`Paused ${name}.`);
    }),
  );
  withExamples(pause, "millrace processors pause accounts");

  const resume = processors.command("resume <name>").description("Let a paused processor go on.");
  withServiceOptions(resume).action((name: string, options: ServiceOptions) =>
    withService(options, async ({ runtime }) => {
      await runtime.operations.resume(name);
      await writeLine(`Resumed ${name}.`);
    }),
  );
  withExamples(resume, "millrace processors resume accounts");

  const rebuild = processors
    .command("rebuild <name>")
    .description(
      "Build a view anew from the log, beside the rows that serve, and switch when it has caught up; or read the feed of another service from its beginning.",
    )
    .option("--detach", "don't wait for the end");
  withServiceOptions(rebuild).action(
    (name: string, options: ServiceOptions & { readonly detach?: boolean }) =>
      withService(options, async ({ runtime }) => {
        const isView = runtime.service.views.some((view) => view.name === name);
        if (options.detach || !isView) {
          await runtime.operations.rebuild(name);
          return writeLine(
            isView
              ? `Rebuilding ${name}.`
              : `Reading ${name} from its beginning; what is known is passed over.`,
          );
        }
        const outcome = await rebuildView(runtime.operations, name);
        await writeLine(outcome.message);
        if (!outcome.rebuilt) throw new ExitCode(1);
      }),
  );
  withExamples(
    rebuild,
    "millrace processors rebuild accounts",
    "millrace processors rebuild accounts --detach",
  );
}
