import { runCases } from "../run-cases.ts";
import { bundleSizeCases } from "./bundle-size.ts";
import { coldStartCases } from "./cold-start.ts";
import { pushCases } from "./push.ts";

const cases: Readonly<Record<string, () => Promise<void>>> = {
  "cold-start": coldStartCases,
  "bundle-size": bundleSizeCases,
  push: pushCases,
};

/** Benchmarks of functions; `only` names cases, none means all. */
export function runServerless(only: readonly string[]): Promise<void> {
  return runCases(cases, only);
}
