import type { Answer } from "./account-api.ts";
import type { Move } from "./choose-move.ts";
import { type LatencyReport, latencyReport } from "./latencies.ts";

export interface TrafficReport {
  readonly url: string;
  readonly seconds: number;
  readonly perSecond: number;
  /** Whether every command was answered as expected and no row was stale. */
  readonly ok: boolean;
  /** How many commands were accepted, and refused or failed by code. */
  readonly outcomes: Readonly<Record<string, number>>;
  /** Answers that were not those asked for, such as `suspend-account: overloaded`, and how many. */
  readonly unexpected: Readonly<Record<string, number>>;
  readonly latencyMs: LatencyReport;
  readonly byMoveMs: Readonly<Record<string, LatencyReport>>;
  /** Rows read with the token of a command: `late` ones had not caught up within 10 seconds. */
  readonly readYourWrites: {
    readonly fresh: number;
    readonly late: number;
    readonly stale: number;
    readonly latencyMs: LatencyReport;
  };
}

/** Counts what happens during a run. */
export class Tally {
  readonly #started = performance.now();
  readonly #outcomes = new Map<string, number>();
  readonly #unexpected = new Map<string, number>();
  readonly #latencies = new Map<string, number[]>();
  readonly #reads = { fresh: 0, late: 0, stale: 0 };
  readonly #readLatencies: number[] = [];
  readonly #url: string;

  constructor(url: string) {
    this.#url = url;
  }

  command(move: Move, outcome: string, { status }: Answer, latencyMs: number): void {
    count(this.#outcomes, outcome);
    if (outcome !== move.expected) count(this.#unexpected, `${move.name}: ${outcome} (${status})`);
    const latencies = this.#latencies.get(move.name);
    if (latencies === undefined) this.#latencies.set(move.name, [latencyMs]);
    else latencies.push(latencyMs);
  }

  read(found: "fresh" | "late" | "stale", latencyMs: number): void {
    this.#reads[found]++;
    this.#readLatencies.push(latencyMs);
  }

  report(): TrafficReport {
    const seconds = (performance.now() - this.#started) / 1000;
    const latencyMs = latencyReport([...this.#latencies.values()].flat());
    const moves = [...this.#latencies].sort(([a], [b]) => (a < b ? -1 : 1));
    return {
      url: this.#url,
      seconds: Math.round(seconds * 10) / 10,
      perSecond: Math.round((latencyMs.count / seconds) * 10) / 10,
      ok: this.#unexpected.size === 0 && this.#reads.stale === 0,
      outcomes: Object.fromEntries(this.#outcomes),
      unexpected: Object.fromEntries(this.#unexpected),
      latencyMs,
      byMoveMs: Object.fromEntries(moves.map(([name, latencies]) => [name, latencyReport(latencies)])),
      readYourWrites: { ...this.#reads, latencyMs: latencyReport(this.#readLatencies) },
    };
  }
}

/** The report for people. */
export function describeReport(report: TrafficReport): string {
  const { fresh, late, stale, latencyMs } = report.readYourWrites;
  const lines = [
    `${report.latencyMs.count} commands in ${report.seconds} s: ${report.perSecond} per second`,
    "",
    ...listed(report.outcomes),
    "",
    row("latency in ms", ["count", "p50", "p95", "p99", "max"]),
    latencyRow("all commands", report.latencyMs),
    ...Object.entries(report.byMoveMs).map(([name, latency]) => latencyRow(`  ${name}`, latency)),
    latencyRow("reading one's own write", latencyMs),
    "",
    `own writes read: ${fresh} shown, ${late} not within 10 s, ${stale} stale`,
  ];
  if (!report.ok) lines.push("", "NOT AS EXPECTED", ...listed(report.unexpected));
  return lines.join("\n");
}

function listed(counts: Readonly<Record<string, number>>): readonly string[] {
  return Object.entries(counts).map(([name, times]) => `${String(times).padStart(9)}  ${name}`);
}

function latencyRow(name: string, { count, p50, p95, p99, max }: LatencyReport): string {
  return row(name, [String(count), ...[p50, p95, p99, max].map((value) => value.toFixed(1))]);
}

function row(name: string, cells: readonly string[]): string {
  return name.padEnd(34) + cells.map((cell) => cell.padStart(9)).join("");
}

function count(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}
