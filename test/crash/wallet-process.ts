import { writeSync } from "node:fs";
import { startService } from "../../src/runtime/start-service.ts";
import { walletService } from "../runtime/wallet-service.ts";
import { openStore } from "./open-store.ts";
import { play } from "./play.ts";
import type { PlayerSettings } from "./player.ts";

// A process that plays until it is killed; what its lines say of answers must be true for ever.

const [text = ""] = process.argv.slice(2);
const { place, ...settings } = JSON.parse(text) as PlayerSettings;
const store = await openStore(place);
const runtime = await startService(walletService(), { ...store, leaseMs: 300 });
await play(runtime, settings, (line) => writeSync(1, `${JSON.stringify(line)}\n`));
