import { printMachine } from "../measure.ts";
import { appendCases } from "./appends.ts";
import { catchUpCases } from "./catch-up.ts";
import { commandCases } from "./commands.ts";
import { httpCases } from "./http.ts";
import { largeLogCases } from "./large-log.ts";

const cases: Readonly<Record<string, () => Promise<void>>> = {
  appends: appendCases,
  commands: commandCases,
  "catch-up": catchUpCases,
  "large-log": largeLogCases,
  http: httpCases,
};

/** Benchmarks of the embedded store and of a service on it; `only` names cases, none means all. */
export async function runEmbedded(only: readonly string[]): Promise<void> {
  const unknown = only.find((name) => cases[name] === undefined);
  if (unknown !== undefined) {
    console.error(
      `There is no case ${JSON.stringify(unknown)}; expected some of ${Object.keys(cases).join(", ")}.`,
    );
    process.exitCode = 2;
    return;
  }
  printMachine();
  for (const [name, run] of Object.entries(cases)) if (only.length === 0 || only.includes(name)) await run();
}
