import { printMachine } from "./measure.ts";

/** Runs the cases that `only` names, all where it names none, in their order. */
export async function runCases(
  cases: Readonly<Record<string, () => Promise<void>>>,
  only: readonly string[],
): Promise<void> {
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
