import path from "node:path";
import type { Command } from "commander";
import { MillraceError } from "../errors/millrace-error.ts";
import { openDatabase } from "../hosts/node/open-database.ts";
import { type InvocationReport, invokeFunction } from "../runtime/invoke-function.ts";
import { openParts } from "../runtime/open-parts.ts";
import { namedUrlsIn } from "../transports/named-urls.ts";
import { buildFunction } from "./build-function.ts";
import { type DeclaredFunction, declaredFunctions } from "./declared-functions.ts";
import { loadService } from "./load-config.ts";
import { requireDatabase, settingsOf } from "./open-service.ts";
import { type ListOptions, parseCount, withExamples, withListOptions } from "./options.ts";
import { note, printable, table, writeJson, writeLine } from "./output.ts";

interface BuildOptions extends ListOptions {
  readonly out: string;
}

interface InvokeOptions extends ListOptions {
  readonly event: number;
  readonly dryRun?: boolean;
}

export function declareFunctions(program: Command): void {
  const functions = program
    .command("functions")
    .description("Look after policies and processes that are functions of their own.");

  const list = functions.command("list").description("List the functions that the configuration declares.");
  withListOptions(list).action(async (options: ListOptions) => {
    const declared = declaredFunctions(await loadService(options));
    if (options.json) {
      return writeJson(
        declared.map(({ name, kind, settings: { secret: _, ...settings } }) => ({ name, kind, ...settings })),
      );
    }
    const urls = namedUrlsIn("MILLRACE_FUNCTIONS", process.env.MILLRACE_FUNCTIONS);
    if (declared.length === 0) return note('No function is declared: see "functions" of the configuration.');
    await writeLine(
      table(
        ["FUNCTION", "KIND", "TAKES", "PLATFORM", "MEMORY MB", "SECONDS", "AT ONCE", "RUNS AT"],
        declared.map(({ name, kind, settings }) => [
          name,
          kind,
          settings.takes,
          settings.platform,
          settings.memoryMb,
          settings.timeoutSeconds,
          settings.concurrency,
          urls.get(name) ?? settings.url ?? "the process",
        ]),
      ),
    );
  });
  withExamples(list, "millrace functions list", "millrace functions list --json");

  const build = functions
    .command("build [name...]")
    .description("Bundle each function, or those that are named, with what it uses and nothing else.")
    .option("--out <folder>", "where to", "dist/functions");
  withListOptions(build).action(async (names: readonly string[], options: BuildOptions) => {
    const loaded = await loadService(options);
    const built = [];
    for (const declared of chosen(declaredFunctions(loaded), names)) {
      built.push(await buildFunction(declared, { folder: loaded.folder, out: path.resolve(options.out) }));
    }
    if (options.json) return writeJson(built);
    await writeLine(
      table(
        ["FUNCTION", "PLATFORM", "BYTES", "GZIPPED", "FILE"],
        built.map(({ name, platform, bytes, gzippedBytes, file }) => [
          name,
          platform,
          bytes,
          gzippedBytes,
          file,
        ]),
      ),
    );
  });
  withExamples(build, "millrace functions build", "millrace functions build send-receipts --out build");

  const invoke = functions
    .command("invoke <name>")
    .description(
      "Run a policy or process here on an event of the log, and issue its commands: each acts once.",
    )
    .requiredOption("--event <position>", "the event's position in the log", parseCount)
    .option("--dry-run", "say what it would dispatch, and persist nothing; what it does outside, it does");
  withListOptions(invoke).action(async (name: string, options: InvokeOptions) => {
    const report = await invoked(name, options);
    await (options.json ? writeJson(report) : print(report, options.dryRun ?? false));
  });
  withExamples(
    invoke,
    "millrace functions invoke send-receipts --event 42 --dry-run",
    "millrace functions invoke send-receipts --event 42",
  );
}

function chosen(
  declared: readonly DeclaredFunction[],
  names: readonly string[],
): readonly DeclaredFunction[] {
  const unknown = names.find((name) => !declared.some((each) => each.name === name));
  if (unknown === undefined && declared.length > 0) {
    return names.length === 0 ? declared : declared.filter(({ name }) => names.includes(name));
  }
  throw new MillraceError(
    "configuration-invalid",
    `"functions" of the configuration has ${unknown === undefined ? "nothing to build" : `no ${JSON.stringify(unknown)}`}; expected among ${declared.map(({ name }) => name).join(", ") || "none"}.`,
  );
}

async function invoked(name: string, options: InvokeOptions): Promise<InvocationReport> {
  const loaded = await loadService(options);
  const { service } = loaded.config;
  const settings = settingsOf(loaded);
  requireDatabase(settings.database);
  const stores = await openDatabase(settings.database, { service: service.name, migrate: false });
  try {
    const parts = openParts(service, { ...stores, ...settings.engine, functions: {} }, new Set(["command"]));
    return await invokeFunction(parts, { name, position: options.event, dryRun: options.dryRun ?? false });
  } finally {
    await stores.close();
  }
}

async function print({ event, commands, events }: InvocationReport, dryRun: boolean): Promise<void> {
  await writeLine(
    `${event.type} of ${event.stream} at position ${event.position}: ${printable(JSON.stringify(event.data))}`,
  );
  for (const { type, data } of events ?? []) {
    await writeLine(`  would record ${type} ${printable(JSON.stringify(data))}`);
  }
  if (commands.length === 0) await writeLine(`  ${dryRun ? "would dispatch" : "dispatched"} nothing`);
  for (const { call, result } of commands) {
    const { service, aggregate, aggregateId, type, data } = call;
    const target = `${service === undefined ? "" : `${service}/`}${aggregate} ${aggregateId}`;
    const outcome =
      result === undefined
        ? ""
        : result.status === "accepted"
          ? `: accepted, version ${result.version}`
          : `: refused, ${result.code}`;
    await writeLine(
      `  ${dryRun ? "would dispatch" : "dispatched"} ${type} to ${printable(target)} ${printable(JSON.stringify(data))}${outcome}`,
    );
  }
}
