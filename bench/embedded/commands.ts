import { startService } from "../../src/runtime/start-service.ts";
import { openSqlite } from "../../src/stores/sqlite/index.ts";
import { byCallers, type Contestant, compare, judge, rateOf, ratioOf } from "../measure.ts";
import { accountService } from "./account-service.ts";
import { commitOf } from "./appends.ts";
import { withScratchFile } from "./scratch.ts";

const callers = 64;
const commands = 30_000;
const aggregates = 2_000;

/** Load, decide, append on aggregates whose state is in memory, next to appends alone. */
export async function commandCases(): Promise<void> {
  const handled = await compare(`Command handling, hot aggregates, ${callers} callers`, "commands/s", [
    { name: "commands", run: handle },
    appendsAlone,
  ]);
  judge("commands / appends", ratioOf(handled, "commands", "appends alone"), 0.6, "at least");
}

const appendsAlone: Contestant = {
  name: "appends alone",
  run: () =>
    withScratchFile(async (path) => {
      const store = await openSqlite({ path });
      const rate = await rateOf(commands, () =>
        byCallers(callers, commands, (index) => store.events.append(commitOf(index))),
      );
      await store.close();
      return rate;
    }),
};

function handle(): Promise<number> {
  return withScratchFile(async (path) => {
    const store = await openSqlite({ path });
    const runtime = await startService(accountService, {
      events: store.events,
      state: store.state,
      roles: ["command"],
    });
    const open = (index: number) =>
      runtime.commands.handle({
        aggregate: "account",
        aggregateId: `a${index}`,
        type: "OpenAccount",
        data: { userId: index, accountNumber: `ACC-${index}` },
      });
    await byCallers(callers, aggregates, open);
    const rate = await rateOf(commands, () =>
      byCallers(callers, commands, async (index) => {
        const outcome = await runtime.commands.handle({
          aggregate: "account",
          aggregateId: `a${index % aggregates}`,
          type: Math.floor(index / aggregates) % 2 === 0 ? "SuspendAccount" : "ActivateAccount",
          data: { reason: "The customer asked for it by telephone and was called back to make sure." },
        });
        if (outcome.status !== "accepted") throw new Error(`${outcome.code}: ${outcome.detail}`);
      }),
    );
    await runtime.stop();
    await store.close();
    return rate;
  });
}
