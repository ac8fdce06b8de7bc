import { runCases } from "../run-cases.ts";
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
export function runEmbedded(only: readonly string[]): Promise<void> {
  return runCases(cases, only);
}
