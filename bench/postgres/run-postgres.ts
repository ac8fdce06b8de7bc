import { runCases } from "../run-cases.ts";
import { appendCases } from "./appends.ts";
import { catchUpCases } from "./catch-up.ts";
import { commandCases } from "./commands.ts";
import { conflictCases } from "./conflicts.ts";
import { type Ground, openGround } from "./ground.ts";
import { heldTransactionCases } from "./held-transaction.ts";
import { largeLogCases } from "./large-log.ts";
import { oneCallerCases } from "./one-caller.ts";
import { processCases } from "./processes.ts";

const cases: Readonly<Record<string, (ground: Ground) => Promise<void>>> = {
  appends: appendCases,
  "one-caller": oneCallerCases,
  processes: processCases,
  conflicts: conflictCases,
  "held-transaction": heldTransactionCases,
  commands: commandCases,
  "catch-up": catchUpCases,
  "large-log": largeLogCases,
};

/** Benchmarks of the PostgreSQL store and of a service on it, on a server of their own; `only` names cases, none means all. */
export async function runPostgres(only: readonly string[]): Promise<void> {
  let opened: Promise<Ground> | undefined;
  const withGround = (run: (ground: Ground) => Promise<void>) => async () => {
    opened ??= openGround();
    await run(await opened);
  };
  try {
    await runCases(
      Object.fromEntries(Object.entries(cases).map(([name, run]) => [name, withGround(run)])),
      only,
    );
  } catch (error) {
    console.error(error);
    process.exitCode = 1;
    // Connections that nobody closed any more lose their server now.
    process.on("uncaughtException", () => {});
  }
  await (await opened)?.remove();
}
