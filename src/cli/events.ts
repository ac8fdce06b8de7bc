import type { Command } from "commander";
import { exportEvents } from "./export-events.ts";
import { importEvents } from "./import-events.ts";
import { withService } from "./open-service.ts";
import {
  type ListOptions,
  parseCount,
  type ServiceOptions,
  withExamples,
  withListOptions,
  withServiceOptions,
} from "./options.ts";
import { counted, note } from "./output.ts";
import { showStream } from "./show-stream.ts";
import { tailLog } from "./tail-log.ts";

export function declareEvents(program: Command): void {
  const events = program.command("events").description("Read the log; carry it from one store to another.");

  const tail = events
    .command("tail")
    .description("Print the last events of the log, and with --follow those to come.")
    .option("-n, --lines <count>", "how many of the last events", parseCount, 10)
    .option("-f, --follow", "go on with each new event until interrupted")
    .option("--types <types...>", "events of these types only");
  withListOptions(tail).action(
    (options: ListOptions & { lines: number; follow?: boolean; types?: readonly string[] }) =>
      withService(options, ({ stores }) => tailLog(stores.events, options)),
  );
  withExamples(
    tail,
    "millrace events tail",
    "millrace events tail -n 0 --follow --types AccountOpened --json",
  );

  const show = events
    .command("show <stream>")
    .description("Print the history of one stream.")
    .option("--from <version>", "begin at this version", parseCount, 1)
    .option("--limit <count>", "at most this many", parseCount);
  withListOptions(show).action((stream: string, options: ListOptions & { from: number; limit?: number }) =>
    withService(options, ({ stores }) => showStream(stores.events, stream, options)),
  );
  withExamples(show, "millrace events show account-123", "millrace events show account-123 --from 10 --json");

  const exporting = events
    .command("export")
    .description("Write the whole log as JSON lines, in order, to standard output or a file.")
    .option("-o, --out <file>", "write to this file, which must not be there yet")
    .option("--after <position>", "only what comes after this position", parseCount, 0);
  withServiceOptions(exporting).action((options: ServiceOptions & { out?: string; after: number }) =>
    withService(options, async ({ stores }) => {
      const count = await exportEvents(stores.events, options);
      note(`Exported ${counted(count)} events.`);
    }),
  );
  withExamples(
    exporting,
    "millrace events export --out events.jsonl",
    "millrace events export | gzip > events.jsonl.gz",
  );

  const importing = events
    .command("import <file>")
    .description(
      "Take over an exported log, with its ids and positions, into an empty store, and verify it.",
    );
  withServiceOptions(importing).action((file: string, options: ServiceOptions) =>
    withService(
      options,
      async ({ stores }) => {
        const count = await importEvents(stores.events, file);
        note(`Imported and verified ${counted(count)} events.`);
      },
      { create: true },
    ),
  );
  withExamples(importing, "DATABASE_URL=sqlite:./data/copy.db millrace events import events.jsonl");
}
