import { openPostgres } from "../../src/stores/postgres/index.ts";
import { handleCommands } from "../handle-commands.ts";
import { byCallers, type Contestant, compare, judge, rateOf, ratioOf } from "../measure.ts";
import { emmettEvents, openEmmettStore } from "./emmett.ts";
import { emmettAccount } from "./emmett-account.ts";
import { type Ground, requireRows } from "./ground.ts";
import { installPeers } from "./peers.ts";

const callers = 32;

/** Each aggregate takes so many commands, so that everybody's streams grow as long. */
const commandsEach = 15;
const aggregates = 2_000;
const peerAggregates = 300;

/** Load, decide, append, next to Emmett's command handler. */
export async function commandCases(ground: Ground): Promise<void> {
  const handled = await compare(`Command handling, ${callers} callers`, "commands/s", [
    { name: "millrace", run: () => ground.inFreshDatabase(handle) },
    ...(installPeers() ? [emmett(ground)] : []),
  ]);
  if (handled.medians.has("Emmett"))
    judge("millrace / Emmett", ratioOf(handled, "millrace", "Emmett"), 10, "at least");
}

async function handle(url: string): Promise<number> {
  const store = await openPostgres({ url });
  const commands = aggregates * commandsEach;
  const rate = await handleCommands(store, { callers, commands, aggregates });
  await store.close();
  await requireRows(url, "millrace.events", aggregates + commands);
  return rate;
}

function emmett(ground: Ground): Contestant {
  return {
    name: "Emmett",
    run: () =>
      ground.inFreshDatabase(async (url) => {
        const store = await openEmmettStore(url);
        const account = emmettAccount();
        await byCallers(callers, peerAggregates, (index) => account.open(store, index));
        const commands = peerAggregates * commandsEach;
        const rate = await rateOf(commands, () =>
          byCallers(callers, commands, (index) =>
            account.change(
              store,
              index % peerAggregates,
              Math.floor(index / peerAggregates) % 2 === 0 ? "AccountSuspended" : "AccountActivated",
            ),
          ),
        );
        await store.close();
        await requireRows(url, emmettEvents, peerAggregates + commands);
        return rate;
      }),
  };
}
