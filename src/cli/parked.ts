import type { Command } from "commander";
import { MillraceError } from "../errors/millrace-error.ts";
import { withService } from "./open-service.ts";
import {
  type ListOptions,
  parseCount,
  type ServiceOptions,
  withExamples,
  withListOptions,
  withServiceOptions,
} from "./options.ts";
import { note, printable, table, writeJson, writeLine } from "./output.ts";

export function declareParked(program: Command): void {
  const parked = program
    .command("parked")
    .description(
      "Decide about events whose handling failed for good, and the later ones of their sequences.",
    );

  const list = parked
    .command("list [processor]")
    .description("List the parked sequences, of one processor or all.");
  withListOptions(list).action((processor: string | undefined, options: ListOptions) =>
    withService(options, async ({ runtime }) => {
      const reports = await runtime.operations.parked(processor);
      if (options.json) return writeJson(reports);
      if (reports.length === 0) return note("Nothing is parked.");
      await writeLine(
        table(
          ["PROCESSOR", "SEQUENCE", "EVENTS", "POSITION", "RETRY", "FAILURE"],
          reports.map(({ processor: name, sequence, events, first }) => [
            name,
            sequence,
            events,
            first.position,
            first.retryAt === undefined
              ? ""
              : first.retryAt === 0
                ? "now"
                : new Date(first.retryAt).toISOString(),
            first.failure === undefined ? "" : `${first.failure.message} [${first.failure.code}]`,
          ]),
        ),
      );
    }),
  );
  withExamples(list, "millrace parked list", "millrace parked list confirm-accounts --json");

  const show = parked
    .command("show <processor> <sequence>")
    .description("Show a parked sequence: its events with their data, and what went wrong.");
  withListOptions(show).action((processor: string, sequence: string, options: ListOptions) =>
    withService(options, async ({ runtime }) => {
      const reports = await runtime.operations.parkedSequence(processor, sequence);
      if (options.json) return writeJson(reports);
      for (const { position, event, failure } of reports) {
        await writeLine(
          `${position}  ${event?.type ?? "(gone)"}  ${printable(JSON.stringify(event?.data) ?? "")}`,
        );
        if (failure !== undefined) {
          const at = new Date(failure.at).toISOString();
          await writeLine(`    failed ${failure.attempts} times, last at ${at} [${failure.code}]`);
          for (const line of (failure.stack ?? failure.message).split("\n"))
            await writeLine(`    ${printable(line)}`);
        }
      }
    }),
  );
  withExamples(show, "millrace parked show confirm-accounts account-123");

  const retry = parked
    .command("retry <processor> <sequence>")
    .description("Try the sequence again, from its first event, once the reason is mended.");
  withServiceOptions(retry).action((processor: string, sequence: string, options: ServiceOptions) =>
    withService(options, async ({ runtime }) => {
      await runtime.operations.retryParked(processor, sequence);
      await writeLine(
        `${sequence} of ${processor} will be tried again by a process with the role "processor".`,
      );
    }),
  );
  withExamples(retry, "millrace parked retry confirm-accounts account-123");

  const discard = parked
    .command("discard <processor> <sequence>")
    .description("Give up the first event of a policy's sequence; the reason is kept.")
    .requiredOption("--reason <text>", "why, for those who ask later")
    .option("--position <position>", "the event that you mean (default: the first)", parseCount);
  withServiceOptions(discard).action(
    (processor: string, sequence: string, options: ServiceOptions & { reason: string; position?: number }) =>
      withService(options, async ({ runtime: { operations } }) => {
        const position =
          options.position ?? (await operations.parkedSequence(processor, sequence))[0]?.position;
        if (position === undefined) {
          throw new MillraceError("parked-not-found", `${processor} has parked nothing of ${sequence}.`);
        }
        await operations.discardParked(processor, sequence, position, options.reason);
        await writeLine(`Discarded the event at position ${position} of ${sequence} for ${processor}.`);
      }),
  );
  withExamples(
    discard,
    'millrace parked discard confirm-accounts account-123 --reason "test account, never to be confirmed"',
  );
}
