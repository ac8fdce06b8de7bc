import { openSqlite } from "../../src/stores/sqlite/index.ts";
import { handleCommands } from "../handle-commands.ts";
import { byCallers, type Contestant, compare, judge, rateOf, ratioOf } from "../measure.ts";
import { commitOf } from "../sample-commit.ts";
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
    const rate = await handleCommands(store, { callers, commands, aggregates });
    await store.close();
    return rate;
  });
}
