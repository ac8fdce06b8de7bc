import { runCases } from "../run-cases.ts";
import { appendCases } from "./appends.ts";
import { type Ground, openGround } from "./ground.ts";

const cases: Readonly<Record<string, (ground: Ground) => Promise<void>>> = {
  appends: appendCases,
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
  } finally {
    await (await opened)?.remove();
  }
}
