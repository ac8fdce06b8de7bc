import { strict as assert } from "node:assert";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { seeded } from "../../src/testing/random-data.ts";
import { checkHistory } from "./check-history.ts";
import { FunctionEndpoint } from "./function-endpoint.ts";
import { type Answer, startPlayer } from "./player.ts";

/**
 * On the store in `place` kills a process with -9 while it handles commands, at a random answer, so many times over one database, and after each
 * round opens the database and checks: no answer that was given is lost (G1), versions and positions have no gaps (G2, G3), no
 * command happened twice (G4), every row is the fold of the log (G5), and every reaction has acted once, in order (G6, G7). With an
 * `endpoint` the reactions are a function there, which is killed at random moments, too.
 */
export async function killRounds(
  place: string,
  rounds: number,
  seed: number,
  report: (line: string) => void = () => {},
  endpoint?: FunctionEndpoint,
): Promise<void> {
  const next = seeded(seed);
  const answers: Answer[] = [];
  for (let round = 1; round <= rounds; round++) {
    const before = answers.length;
    const killAt = before + 1 + Math.floor(next() * (endpoint === undefined ? 400 : 4000));
    const settings = {
      place,
      seed: seed * 1000 + round,
      callers: 16,
      shared: [],
      again: [],
      ...(endpoint === undefined ? {} : { functionAt: endpoint.url }),
    };
    const player = startPlayer(settings, (answer) => {
      if (endpoint !== undefined && answers.length % 500 === 250) endpoint.kill();
      if (answers.push(answer) === killAt) player.kill();
    });
    await player.ended;
    await checkHistory(place, answers);
    report(`round ${round} of ${rounds}: ${answers.length - before} answers before the kill, all kept`);
  }
}

/** The same on an SQLite file that goes afterwards. */
export async function killRoundsOnSqlite(
  ...settings: [rounds: number, seed: number, report?: (line: string) => void]
) {
  const folder = mkdtempSync(join(tmpdir(), "millrace-crash-"));
  try {
    await killRounds(join(folder, "wallets.db"), ...settings);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The same with reactions in a process of their own. */
export async function killRoundsWithFunction(
  rounds: number,
  seed: number,
  report?: (line: string) => void,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "millrace-crash-"));
  const endpoint = await FunctionEndpoint.start();
  try {
    await killRounds(join(folder, "wallets.db"), rounds, seed, report, endpoint);
    assert.ok(endpoint.calls > 0 && endpoint.kills > 0, "the function was called, and killed");
    report?.(`the function was called ${endpoint.calls} times, and killed ${endpoint.kills} times`);
  } finally {
    await endpoint.close();
    rmSync(folder, { recursive: true, force: true });
  }
}
