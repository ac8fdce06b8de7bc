import { writeSync } from "node:fs";
import type { ConnectedFunction } from "../../src/ports/function-transport.ts";
import { startService } from "../../src/runtime/start-service.ts";
import { httpFunction } from "../../src/transports/http-function.ts";
import { secret } from "../runtime/as-functions.ts";
import { walletService } from "../runtime/wallet-service.ts";
import { openStore } from "./open-store.ts";
import { play } from "./play.ts";
import type { PlayerSettings } from "./player.ts";

// A process that plays until it is killed; what its lines say of answers must be true for ever.

const [text = ""] = process.argv.slice(2);
const { place, functionAt, ...settings } = JSON.parse(text) as PlayerSettings;
const store = await openStore(place);
const runtime = await startService(walletService(), {
  ...store,
  leaseMs: 300,
  ...(functionAt === undefined ? {} : { functions: { "reward-deposits": connected(functionAt) } }),
});
await play(runtime, settings, (line) => writeSync(1, `${JSON.stringify(line)}\n`));

function connected(url: string): ConnectedFunction {
  const transport = httpFunction("reward-deposits", { url, secret });
  return { transport, takes: "events", concurrency: 16, batchSize: 8 };
}
