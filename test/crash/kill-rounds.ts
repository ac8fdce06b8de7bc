import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { seeded } from "../../src/testing/random-data.ts";
import { checkHistory } from "./check-history.ts";
import { type Answer, startPlayer } from "./player.ts";

/**
 * On the store in `place` kills a process with -9 while it handles commands, at a random answer, so many times over one database, and after each
 * round opens the database and checks: no answer that was given is lost (G1), versions and positions have no gaps (G2, G3), no
 * command happened twice (G4), every row is the fold of the log (G5), and every reaction has acted once, in order (G6, G7).
 */
export async function killRounds(
  place: string,
  rounds: number,
  seed: number,
  report: (line: string) => void = () => {},
): Promise<void> {
  const next = seeded(seed);
  const answers: Answer[] = [];
  for (let round = 1; round <= rounds; round++) {
    const before = answers.length;
    const killAt = before + 1 + Math.floor(next() * 400);
    const settings = { place, seed: seed * 1000 + round, callers: 16, shared: [], again: [] };
    const player = startPlayer(settings, (answer) => {
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
