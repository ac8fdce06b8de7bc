import { writeSync } from "node:fs";
import { isMillraceError } from "../../src/errors/millrace-error.ts";
import type { Accepted, CommandOutcome } from "../../src/runtime/runtime.ts";
import { startService } from "../../src/runtime/start-service.ts";
import { seeded } from "../../src/testing/random-data.ts";
import { walletService } from "../runtime/wallet-service.ts";
import { openStore } from "./open-store.ts";
import type { Line, PlayerSettings, WalletRequest } from "./player.ts";

// A process that plays commands on wallets until it is killed, and writes a line for each before it sends it and another
// after it was answered: what these lines say must be true for ever.

const [settings = ""] = process.argv.slice(2);
const { place, seed, callers, shared, again } = JSON.parse(settings) as PlayerSettings;
const store = await openStore(place);
const runtime = await startService(walletService(), { ...store, leaseMs: 300 });
const next = seeded(seed);
const own: string[] = [];
let count = 0;

function write(line: Line): void {
  writeSync(1, `${JSON.stringify(line)}\n`);
}

/** Sends it until it is answered; what is tried again has its key, and happens once. */
async function handled(request: WalletRequest): Promise<CommandOutcome> {
  for (;;) {
    try {
      return await runtime.commands.handle({ aggregate: "wallet", ...request });
    } catch (error) {
      if (!isMillraceError(error) || !error.retryable) throw error;
    }
  }
}

async function send(request: WalletRequest): Promise<Accepted> {
  const { idempotencyKey: key } = request;
  write({ sent: request });
  const outcome = await handled(request);
  if (outcome.status !== "accepted") throw new Error(`${key} was not accepted: ${JSON.stringify(outcome)}`);
  const events = outcome.events.map(({ id, stream, version, position }) => ({
    id,
    stream,
    version,
    position,
  }));
  write({ key, events });
  return outcome;
}

function newRequest(): WalletRequest {
  const idempotencyKey = `${seed}-${++count}`;
  const open = [...own, ...shared];
  const opens = open.length === 0 || (own.length < 200 && next() < 0.2);
  if (opens) return { type: "OpenWallet", data: { owner: idempotencyKey }, idempotencyKey };
  const among = own.length === 0 || (shared.length > 0 && next() < 0.5) ? shared : own;
  const aggregateId = among[Math.floor(next() * among.length)] as string;
  return { type: "Deposit", data: { amount: 1 }, aggregateId, idempotencyKey };
}

async function play(): Promise<never> {
  for (;;) {
    const request = newRequest();
    const { aggregateId } = await send(request);
    if (request.type === "OpenWallet") own.push(aggregateId);
  }
}

// Every process opens all that they share, with the same keys.
await Promise.all(
  shared.map((aggregateId) =>
    send({ type: "OpenWallet", data: { owner: aggregateId }, aggregateId, idempotencyKey: aggregateId }),
  ),
);
await Promise.all([...again.map(send), ...Array.from({ length: callers }, play)]);
