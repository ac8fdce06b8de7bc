import { openSqlite } from "../../src/stores/sqlite/index.ts";
import { judge } from "../measure.ts";
import { catchUp } from "./catch-up.ts";
import { fillLog } from "./fill-log.ts";
import { withScratchFile } from "./scratch.ts";

const events = 1_000_000;
const streams = 100_000;
const mebibyte = 2 ** 20;

// A process of its own, so that nothing else counts.
await withScratchFile(async (path) => {
  const store = await openSqlite({ path });
  await fillLog(store.events, events, streams);
  await store.close();
  globalThis.gc?.();
  const samples: number[] = [];
  const timer = setInterval(() => samples.push(process.memoryUsage().rss / mebibyte), 100);
  const rate = await catchUp(path, events);
  clearInterval(timer);
  const third = Math.floor(samples.length / 3);
  const peak = (values: readonly number[]) => Math.max(0, ...values);
  console.log(
    `\nCatch-up of ${events.toLocaleString("en-US")} events: ${Math.round(rate).toLocaleString("en-US")} events/s`,
  );
  console.log(
    `  resident memory, MiB, peak of each third: ${[samples.slice(0, third), samples.slice(third, 2 * third), samples.slice(2 * third)].map((part) => Math.round(peak(part))).join(", ")}`,
  );
  judge("peak MiB", peak(samples), 200, "at most");
});
