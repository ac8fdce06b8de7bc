import { parseOptions, usage } from "./traffic/options.ts";
import { describeReport } from "./traffic/report.ts";
import { runTraffic } from "./traffic/run-traffic.ts";

const options = parseOptions(process.argv.slice(2));
if (options === "help") {
  console.log(usage);
} else if ("mistake" in options) {
  console.error(`${options.mistake}\n\n${usage}`);
  process.exitCode = 2;
} else {
  const stopping = new AbortController();
  process.once("SIGINT", () => stopping.abort());
  const { rate, concurrency, durationMs, url } = options;
  const pace = rate === undefined ? "as fast as it goes" : `${rate}/s`;
  console.error(`${durationMs / 1000} s of traffic for ${url}: ${pace}, up to ${concurrency} at once`);
  try {
    const report = await runTraffic(options, stopping.signal);
    console.log(options.json ? JSON.stringify(report, undefined, 2) : describeReport(report));
    if (!report.ok) process.exitCode = 1;
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    process.exitCode = 1;
  }
}
