import { strict as assert } from "node:assert";
import { setTimeout as delay } from "node:timers/promises";
import type { RecordedEvent } from "../../src/message/event.ts";
import { seeded } from "../../src/testing/random-data.ts";
import { checkHistory } from "./check-history.ts";
import { openStore } from "./open-store.ts";
import { type Answer, type Player, startPlayer, type WalletRequest } from "./player.ts";

export interface ManySettings {
  /** Of a PostgreSQL database. */
  readonly place: string;
  readonly seed: number;
  readonly processes: number;
  readonly kills: number;
  /** From one kill to the next: so many answers, or so many milliseconds. */
  readonly between: { readonly answers: number } | { readonly ms: number };
  readonly report?: (line: string) => void;
}

/**
 * Processes play over one database, on wallets of their own and on shared ones, and run its processors, while one after the other is
 * killed with -9 and replaced by a process that sends again what was not answered; in the end all are killed. Meanwhile
 * a reader follows the log. Checks what `killRounds` checks, and that the reader met each event once, in order (G3).
 */
export async function killAmongMany(settings: ManySettings): Promise<void> {
  const { place, seed, processes, kills, between, report = () => {} } = settings;
  const next = seeded(seed);
  const answers: Answer[] = [];
  let onAnswer = () => {};
  const answered = (count: number) =>
    new Promise<void>((resolve) => {
      onAnswer = () => {
        if (answers.length >= count) resolve();
      };
      onAnswer();
    });
  const shared = Array.from({ length: 6 }, (_, index) => `shared-${index}`);
  let started = 0;
  const start = (again: readonly WalletRequest[]) =>
    startPlayer({ place, seed: seed * 1000 + ++started, callers: 4, shared, again }, (answer) => {
      answers.push(answer);
      onAnswer();
    });

  const isOver = new AbortController();
  const following = follow(place, isOver.signal);
  const players = Array.from({ length: processes }, () => start([]));
  try {
    for (let kill = 1; kill <= kills; kill++) {
      const before = answers.length;
      const pause = "ms" in between ? delay(between.ms) : answered(before + between.answers);
      // Those that play end by themselves in a failure alone.
      await Promise.race([pause, ...players.map(({ ended }) => ended)]);
      const index = Math.floor(next() * processes);
      const victim = players[index] as Player;
      victim.kill();
      await victim.ended;
      players[index] = start([...victim.unanswered.values()]);
      report(`kill ${kill} of ${kills}: ${answers.length - before} answers since the last`);
    }
  } finally {
    for (const player of players) player.kill();
    await Promise.allSettled(players.map(({ ended }) => ended));
    isOver.abort();
  }
  const followed = await following;
  assert.ok(
    followed.some(({ type }) => type === "BonusAdded"),
    "the processes ran the policy while they lived",
  );
  const log = await checkHistory(place, answers);
  assert.deepEqual(
    followed.map(({ id }) => id),
    log.slice(0, followed.length).map(({ id }) => id),
    "G3: a reader who follows the log meets every event once, in order",
  );
  report(`${answers.length} answers of ${started} processes kept, ${log.length} events in order`);
}

/** Reads the log as it grows, up to where it ends once the signal aborts. */
async function follow(place: string, signal: AbortSignal): Promise<readonly RecordedEvent[]> {
  const store = await openStore(place);
  const followed: RecordedEvent[] = [];
  for (let after = 0; ; ) {
    const wasOver = signal.aborted;
    const page = await store.events.readLog({ after, limit: 100 });
    followed.push(...page.events);
    after = page.through.position;
    if (page.events.length > 0) continue;
    if (wasOver) break;
    await store.events.waitForEvents(after, signal);
  }
  await store.close();
  return followed;
}
