import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { openPostgres } from "../../src/stores/postgres/index.ts";
import { type Contestant, compare, judge, median, quantile, ratioOf } from "../measure.ts";
import type { ProcessReport } from "./append-process.ts";
import { type Ground, requireRows } from "./ground.ts";
import { StallWatch } from "./stall-watch.ts";

const seconds = 5;

/** Longer than that and an append counts as stalled. */
const stallMs = 1000;

const one = "1 process, 64 callers";
const four = "4 processes, 16 callers each";
const fourFull = "4 processes, 64 callers each";

/** Appends by one process next to those by four to the same log. */
export async function processCases(ground: Ground): Promise<void> {
  const runs = [
    new ProcessRuns(ground, one, 1, 64),
    new ProcessRuns(ground, four, 4, 16),
    new ProcessRuns(ground, fourFull, 4, 64),
  ];
  const rates = await compare("Durable appends by several processes, distinct streams", "events/s", runs);
  for (const run of runs) run.tellLatencies();
  judge(`${four} / ${one}`, ratioOf(rates, four, one), 0.4, "at least");
  judge(`${fourFull} / ${one}`, ratioOf(rates, fourFull, one), 0.6, "at least");
}

class ProcessRuns implements Contestant {
  readonly name: string;
  readonly #ground: Ground;
  readonly #processes: number;
  readonly #callers: number;
  readonly #latencies: {
    readonly p99: number;
    readonly slowest: number;
    readonly stall: string | undefined;
  }[] = [];

  constructor(ground: Ground, name: string, processes: number, callers: number) {
    this.#ground = ground;
    this.name = name;
    this.#processes = processes;
    this.#callers = callers;
  }

  run(): Promise<number> {
    return this.#ground.inFreshDatabase(async (url) => {
      await (await openPostgres({ url })).close();
      const watch = await StallWatch.start(url);
      const reports = await appendAtOnce(url, this.#processes, this.#callers).finally(() => watch.stop());
      const tookMs = reports.flatMap((report) => [...report.tookMs]);
      const warmUp = reports.reduce((sum, report) => sum + report.warmUp, 0);
      await requireRows(url, "millrace.events", warmUp + tookMs.length);
      const [slowest] = reports
        .map((report) => ({ ms: quantile(report.tookMs, 1), at: report.slowestAt }))
        .sort((a, b) => b.ms - a.ms);
      if (slowest === undefined) throw new Error("no process told of its appends");
      const { ms, at } = slowest;
      this.#latencies.push({
        p99: quantile(tookMs, 0.99),
        slowest: ms,
        stall: ms < stallMs ? undefined : watch.waitsBetween(at - ms, at),
      });
      return tookMs.length / seconds;
    });
  }

  tellLatencies(): void {
    const ms = (values: readonly number[]) => values.map((value) => value.toFixed(1)).join(", ");
    const p99 = this.#latencies.map((it) => it.p99);
    console.log(
      `  ${this.name}: p99 ${median(p99).toFixed(1)} ms [${ms(p99)}], slowest [${ms(this.#latencies.map((it) => it.slowest))}]`,
    );
    for (const { slowest, stall } of this.#latencies)
      if (stall !== undefined)
        console.log(`  a stall of ${Math.round(slowest)} ms, while the server's processes were at: ${stall}`);
  }
}

/** Starts the processes, has them begin together once all are warm, and waits for what they tell. */
async function appendAtOnce(
  url: string,
  processes: number,
  callers: number,
): Promise<readonly ProcessReport[]> {
  const program = fileURLToPath(new URL("./append-process.ts", import.meta.url));
  const children = Array.from({ length: processes }, () =>
    fork(program, [url, String(callers), String(seconds)], { execArgv: ["--import", "tsx"] }),
  );
  try {
    await Promise.all(children.map((child) => messageOf(child)));
    const reports = children.map((child) => messageOf(child) as Promise<ProcessReport>);
    for (const child of children) child.send("go");
    return await Promise.all(reports);
  } finally {
    for (const child of children) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      child.kill("SIGKILL");
      await once(child, "exit");
    }
  }
}

async function messageOf(child: ChildProcess): Promise<unknown> {
  const ended = once(child, "exit").then(([code]) => {
    throw new Error(`a process ended with ${code} and without a word`);
  });
  const [message] = (await Promise.race([once(child, "message"), ended])) as unknown[];
  ended.catch(() => {});
  return message;
}
