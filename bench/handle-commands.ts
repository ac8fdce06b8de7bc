import { startService } from "../src/runtime/start-service.ts";
import { accountService } from "./account-service.ts";
import { byCallers, rateOf } from "./measure.ts";
import type { Stores } from "./rebuild-view.ts";

/**
 * Opens `aggregates` accounts, then suspends and activates them in turn by `commands` commands: load, decide, append.
 * Commands per second; throws where one is not accepted.
 */
export async function handleCommands(
  stores: Stores,
  { callers, commands, aggregates }: { callers: number; commands: number; aggregates: number },
): Promise<number> {
  const runtime = await startService(accountService, { ...stores, roles: ["command"] });
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
  return rate;
}
