import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { judge } from "./measure.ts";

/**
 * Catches up over `events` events in a process of its own, on the built package, whose memory it judges. `database` is
 * `sqlite:` and a path, or the address of a PostgreSQL database that holds the log in the schema `millrace`.
 */
export function judgeMemory(database: string, events: number, targetMiB: number): void {
  const program = fileURLToPath(new URL("./catch-up-memory.mjs", import.meta.url));
  const child = spawnSync(process.execPath, [program, database, String(events)], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  });
  if (child.status !== 0) throw new Error(`the memory run ended with ${child.status}`);
  const { rate, residentMiB } = JSON.parse(child.stdout) as { rate: number; residentMiB: number[] };
  const third = Math.ceil(residentMiB.length / 3);
  const peaks = [0, 1, 2].map((part) => Math.max(...residentMiB.slice(part * third, (part + 1) * third)));
  console.log(
    `\nCatch-up of ${events.toLocaleString("en-US")} events: ${Math.round(rate).toLocaleString("en-US")} events/s`,
  );
  console.log(`  resident memory, MiB, peak of each third: ${peaks.join(", ")}`);
  judge("peak MiB", Math.max(...peaks), targetMiB, "at most");
}
