import { once } from "node:events";
import { forSeconds } from "../measure.ts";
import { openMillrace } from "./writers.ts";

/** What a process tells of its appends. */
export interface ProcessReport {
  /** Appends before those that were timed. */
  readonly warmUp: number;
  readonly tookMs: readonly number[];
  /** Epoch milliseconds at which the slowest was answered. */
  readonly slowestAt: number;
}

// One of several processes that append to one log. Says `ready` once it is warm, and begins at the next message.
const [url = "", callers = "1", seconds = "1"] = process.argv.slice(2);
const writer = await openMillrace(url);
const warmUp = await forSeconds(1, Number(callers), (index) => writer.append(index, 0));
const told = once(process, "message");
process.send?.("ready");
await told;
let slowestMs = 0;
let slowestAt = 0;
const tookMs = await forSeconds(Number(seconds), Number(callers), async (index) => {
  const started = performance.now();
  await writer.append(index, 0);
  const ms = performance.now() - started;
  if (ms <= slowestMs) return;
  slowestMs = ms;
  slowestAt = Date.now();
});
await writer.close();
const report: ProcessReport = { warmUp: warmUp.length, tookMs, slowestAt };
process.send?.(report, () => process.disconnect());
