import { strict as assert } from "node:assert";
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { RecordedEvent } from "../../src/message/event.ts";
import { encodeToken } from "../../src/message/token.ts";
import type { Runtime } from "../../src/runtime/runtime.ts";
import { startService } from "../../src/runtime/start-service.ts";
import { seeded } from "../../src/testing/random-data.ts";
import type { Stores } from "../runtime/running.ts";
import { walletService } from "../runtime/wallet-service.ts";
import { openStore } from "./open-store.ts";

type Acknowledged = Pick<RecordedEvent, "id" | "stream" | "version" | "position">;

const playerPath = fileURLToPath(new URL("./wallet-process.ts", import.meta.url));

/**
 * On the store in `place` kills a process with -9 while it handles commands, at a random answer, so many times over one database, and after each
 * round opens the database and checks: no answer that was given is lost (G1), versions and positions have no gaps (G2, G3),
 * every row is the fold of the log (G5), and every reaction has acted once (G7).
 */
export async function killRounds(
  place: string,
  rounds: number,
  seed: number,
  report: (line: string) => void = () => {},
): Promise<void> {
  const next = seeded(seed);
  const acknowledged: Acknowledged[] = [];
  for (let round = 1; round <= rounds; round++) {
    const before = acknowledged.length;
    await playUntilKilled(place, seed * 1000 + round, 1 + Math.floor(next() * 400), acknowledged);
    await check(place, acknowledged);
    report(`round ${round} of ${rounds}: ${acknowledged.length - before} answers before the kill, all kept`);
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

/** Plays until so many answers were given, then kills; whatever was still written before the end counts as given. */
async function playUntilKilled(
  place: string,
  seed: number,
  answers: number,
  acknowledged: Acknowledged[],
): Promise<void> {
  const player = spawn(process.execPath, ["--import", "tsx", playerPath, place, String(seed)], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let complaints = "";
  player.stderr.on("data", (chunk) => {
    complaints += String(chunk);
  });
  const ended = new Promise<NodeJS.Signals | null>((resolve) => {
    player.on("close", (_code, signal) => resolve(signal));
  });
  let left = answers;
  for await (const line of createInterface({ input: player.stdout })) {
    // The last line may be torn by the kill: nobody was told what it says.
    if (!line.endsWith("]")) continue;
    acknowledged.push(...(JSON.parse(line) as Acknowledged[]));
    if (--left === 0) player.kill("SIGKILL");
  }
  assert.equal(await ended, "SIGKILL", `the process ended by itself: ${complaints}`);
}

async function check(place: string, acknowledged: readonly Acknowledged[]): Promise<void> {
  const store = await openStore(place);
  const runtime = await startService(walletService(), { ...store, leaseMs: 300, isGone: () => true });
  try {
    const log = await wholeLog(store);
    for (const given of acknowledged) {
      const { id, stream, version, position } = log[given.position - 1] ?? {};
      assert.deepEqual(
        { id, stream, version, position },
        given,
        "G1: an acknowledged event is where it was said to be",
      );
    }
    const versions = new Map<string, number>();
    for (const [index, event] of log.entries()) {
      assert.equal(event.position, index + 1, "G3: positions have no gaps");
      assert.equal(event.version, (versions.get(event.stream) ?? 0) + 1, "G2: versions have no gaps");
      versions.set(event.stream, event.version);
    }
    await reactionsSettled(store, runtime);
    const after = await wholeLog(store);
    const count = (type: string) => after.filter((event) => event.type === type).length;
    assert.equal(count("BonusAdded"), count("Deposited"), "G7: each deposit earned one bonus");
    const token = encodeToken([await store.events.head()]);
    const freshness = { token, waitMs: 20_000 };
    await runtime.queries.rows("wallets", { filters: [], limit: 1, freshness });
    const { row } = await runtime.queries.row("totals", "all", { filters: [], freshness });
    assert.deepEqual(
      row?.row,
      { wallets: count("WalletOpened"), balance: count("Deposited"), bonuses: count("BonusAdded") },
      "G5: the totals are the fold of the log",
    );
    for await (const { done, subject, differences } of runtime.operations.audit({ sample: 1 })) {
      if (done)
        assert.deepEqual(differences, [], `G5, G10: every row of ${subject} is the fold of its events`);
    }
    assert.deepEqual(await runtime.operations.parked(), []);
  } finally {
    await runtime.stop();
    await store.close();
  }
}

async function wholeLog(store: Stores): Promise<readonly RecordedEvent[]> {
  const log: RecordedEvent[] = [];
  for (;;) {
    const page = await store.events.readLog({ after: log.length, limit: 1000 });
    log.push(...page.events);
    if (page.events.length === 0) return log;
  }
}

/** Until the policy has nothing left to react to: every deposit has its bonus, or the wait was in vain. */
async function reactionsSettled(store: Stores, runtime: Runtime): Promise<void> {
  const deadline = Date.now() + 20_000;
  for (let seen = -1; Date.now() < deadline; ) {
    const { position } = await store.events.head();
    const log = await wholeLog(store);
    const missing =
      log.filter((event) => event.type === "Deposited").length -
      log.filter((event) => event.type === "BonusAdded").length;
    if (missing <= 0 && position === seen) return;
    seen = position;
    const waiting = new AbortController();
    const timer = setTimeout(() => waiting.abort(), 50);
    await store.events.waitForEvents(position, waiting.signal);
    clearTimeout(timer);
  }
  throw new Error(`reactions did not settle: ${JSON.stringify(await runtime.operations.processors())}`);
}
