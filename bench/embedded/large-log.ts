import { openSqlite } from "../../src/stores/sqlite/index.ts";
import { fillLog } from "../fill-log.ts";
import { byCallers, type Contestant, compare, judge, rateOf, ratioOf } from "../measure.ts";
import { commitOf } from "../sample-commit.ts";
import { catchUp } from "./catch-up.ts";
import { withScratchFile } from "./scratch.ts";

const callers = 64;
const appends = 20_000;
const small = 10_000;
const large = 1_000_000;

/** Rates with a large log next to those with a small one. */
export async function largeLogCases(): Promise<void> {
  await withScratchFile((smallPath) =>
    withScratchFile(async (largePath) => {
      for (const [path, events] of [
        [smallPath, small],
        [largePath, large],
      ] as const) {
        const store = await openSqlite({ path });
        await fillLog(store.events, events, events / 10);
        await store.close();
      }
      const appended = await compare(`Appends by ${callers} callers to a log of so many events`, "events/s", [
        append("10,000", smallPath),
        append("1,000,000", largePath),
      ]);
      judge("1,000,000 / 10,000", ratioOf(appended, "1,000,000", "10,000"), 0.8, "at least");
    }),
  );
  await withScratchFile((smallPath) =>
    withScratchFile(async (largePath) => {
      for (const [path, events] of [
        [smallPath, small],
        [largePath, large],
      ] as const) {
        const store = await openSqlite({ path });
        await fillLog(store.events, events, events / 10);
        await store.close();
      }
      const caughtUp = await compare("A view catches up over a log of so many events", "events/s", [
        { name: "10,000", run: () => catchUp(smallPath, small) },
        { name: "1,000,000", run: () => catchUp(largePath, large) },
      ]);
      judge("1,000,000 / 10,000", ratioOf(caughtUp, "1,000,000", "10,000"), 0.8, "at least");
    }),
  );
}

function append(name: string, path: string): Contestant {
  return {
    name,
    run: async () => {
      const store = await openSqlite({ path });
      const rate = await rateOf(appends, () =>
        byCallers(callers, appends, (index) => store.events.append(commitOf(index))),
      );
      await store.close();
      return rate;
    },
  };
}
