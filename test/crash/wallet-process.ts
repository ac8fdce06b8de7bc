import { writeSync } from "node:fs";
import { startService } from "../../src/runtime/start-service.ts";
import { seeded } from "../../src/testing/random-data.ts";
import { walletService } from "../runtime/wallet-service.ts";
import { openStore } from "./open-store.ts";

// A process that plays commands on wallets until it is killed, and writes a line for each answer that it was given,
// after it was given: what these lines say must be true for ever.

const [place = "", seed = "1"] = process.argv.slice(2);
const store = await openStore(place);
const runtime = await startService(walletService(), { ...store, leaseMs: 300 });
const next = seeded(Number(seed));
const wallets: string[] = [];

async function play(): Promise<void> {
  for (;;) {
    const key = `${seed}-${Math.floor(next() * 1e9)}`;
    const aggregateId = wallets[Math.floor(next() * wallets.length)];
    const opens = aggregateId === undefined || (wallets.length < 200 && next() < 0.2);
    const outcome = await runtime.commands.handle({
      aggregate: "wallet",
      ...(opens || aggregateId === undefined
        ? { type: "OpenWallet", data: { owner: key } }
        : { aggregateId, type: "Deposit", data: { amount: 1 } }),
      idempotencyKey: key,
    });
    if (outcome.status !== "accepted") continue;
    if (opens) wallets.push(outcome.aggregateId);
    writeSync(
      1,
      `${JSON.stringify(outcome.events.map(({ id, stream, version, position }) => ({ id, stream, version, position })))}\n`,
    );
  }
}

await Promise.all(Array.from({ length: 16 }, play));
