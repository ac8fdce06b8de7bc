import { strict as assert } from "node:assert";
import type { RecordedEvent } from "../../src/message/event.ts";
import { encodeToken } from "../../src/message/token.ts";
import type { Runtime } from "../../src/runtime/runtime.ts";
import { startService } from "../../src/runtime/start-service.ts";
import type { Stores } from "../runtime/running.ts";
import { walletService } from "../runtime/wallet-service.ts";
import { openStore } from "./open-store.ts";
import type { Answer } from "./player.ts";

/** The processors stand still when nothing was added for so long. */
const stillMs = 20_000;

/**
 * Opens the store in `place`, of which all processes are dead, lets the processors finish and checks the whole of its history against
 * the answers that were given. Resolves with the log.
 */
export async function checkHistory(
  place: string,
  answers: readonly Answer[],
): Promise<readonly RecordedEvent[]> {
  const store = await openStore(place);
  const runtime = await startService(walletService(), { ...store, leaseMs: 300, isGone: () => true });
  try {
    const log: RecordedEvent[] = [];
    await readOn(store, log);
    checkAnswers(log, answers);
    await reactionsSettled(store, runtime, log);
    checkNumbers(log);
    checkReactions(log);
    await checkViews(store, runtime, log);
    return log;
  } finally {
    await runtime.stop();
    await store.close();
  }
}

function checkAnswers(log: readonly RecordedEvent[], answers: readonly Answer[]): void {
  const keys = new Map<string, string>();
  for (const { key, events } of answers) {
    assert.equal(events.length, 1, "every command of a player has one event");
    for (const given of events) {
      const { id, stream, version, position } = log[given.position - 1] ?? {};
      assert.deepEqual(
        { id, stream, version, position },
        given,
        "G1: an acknowledged event is where it was said to be",
      );
      assert.equal(keys.get(given.id) ?? key, key, "G4: an event answers one command");
      keys.set(given.id, key);
    }
  }
  assert.equal(
    new Set(keys.values()).size,
    keys.size,
    "G4: a command has the same result however often it is sent",
  );
}

function checkNumbers(log: readonly RecordedEvent[]): void {
  const versions = new Map<string, number>();
  for (const [index, { position, version, stream }] of log.entries()) {
    assert.equal(position, index + 1, "G3: positions have no gaps");
    assert.equal(version, (versions.get(stream) ?? 0) + 1, "G2: versions have no gaps");
    versions.set(stream, version);
  }
  const commands = new Set(log.map(({ metadata }) => metadata.causationId));
  assert.equal(commands.size, log.length, "G4: each command happened once");
}

function checkReactions(log: readonly RecordedEvent[]): void {
  // A reaction carries the correlation of the command that set it off, which is one of its own for each deposit.
  const reasons = (type: string) => {
    const byStream = new Map<string, string[]>();
    for (const { stream, metadata } of log.filter((event) => event.type === type)) {
      const sequence = byStream.get(stream) ?? [];
      byStream.set(stream, sequence);
      sequence.push(metadata.correlationId);
    }
    return byStream;
  };
  const bonuses = reasons("BonusAdded");
  for (const [stream, deposits] of reasons("Deposited")) {
    assert.deepEqual(
      bonuses.get(stream),
      deposits,
      `G6, G7: each deposit on ${stream} earned one bonus, in their order`,
    );
  }
  assert.equal(count(log, "BonusAdded"), count(log, "Deposited"), "G7: no bonus is without a deposit");
}

async function checkViews(store: Stores, runtime: Runtime, log: readonly RecordedEvent[]): Promise<void> {
  const freshness = { token: encodeToken([await store.events.head()]), waitMs: 60_000 };
  await runtime.queries.rows("wallets", { filters: [], limit: 1, freshness });
  const { row } = await runtime.queries.row("totals", "all", { filters: [], freshness });
  assert.deepEqual(
    row?.row,
    {
      wallets: count(log, "WalletOpened"),
      balance: count(log, "Deposited"),
      bonuses: count(log, "BonusAdded"),
    },
    "G5: the totals are the fold of the log",
  );
  for await (const { done, subject, differences } of runtime.operations.audit({ sample: 1 })) {
    if (done) assert.deepEqual(differences, [], `G5, G10: every row of ${subject} is the fold of its events`);
  }
  assert.deepEqual(await runtime.operations.parked(), []);
}

/** Adds what the log holds beyond what was read of it. */
async function readOn(store: Stores, log: RecordedEvent[]): Promise<void> {
  for (;;) {
    const { events } = await store.events.readLog({ after: log.length, limit: 1000 });
    if (events.length === 0) return;
    log.push(...events);
  }
}

/** Until the policy has nothing left to react to: every deposit has its bonus, or the wait was in vain. */
async function reactionsSettled(store: Stores, runtime: Runtime, log: RecordedEvent[]): Promise<void> {
  let deadline = Date.now() + stillMs;
  for (let seen = -1; Date.now() < deadline; ) {
    await readOn(store, log);
    if (seen === log.length && count(log, "BonusAdded") >= count(log, "Deposited")) return;
    if (seen < log.length) deadline = Date.now() + stillMs;
    seen = log.length;
    const waiting = new AbortController();
    const timer = setTimeout(() => waiting.abort(), 50);
    await store.events.waitForEvents(seen, waiting.signal);
    clearTimeout(timer);
  }
  throw new Error(`reactions did not settle: ${JSON.stringify(await runtime.operations.processors())}`);
}

function count(log: readonly RecordedEvent[], type: string): number {
  return log.filter((event) => event.type === type).length;
}
