import { cpus, release, totalmem } from "node:os";

/** A contestant: prepares what it needs, runs once, and says its rate (or whatever number is compared). */
export interface Contestant {
  readonly name: string;
  run(): Promise<number>;
}

export interface Comparison {
  readonly title: string;
  readonly unit: string;
  /** Medians by contestant, in the order given. */
  readonly medians: ReadonlyMap<string, number>;
}

/** Runs contestants in turn, A B C A B C …, so that a machine whose speed drifts treats them alike; compares medians. */
export async function compare(
  title: string,
  unit: string,
  contestants: readonly Contestant[],
  rounds = 3,
): Promise<Comparison> {
  const results = new Map<string, number[]>(contestants.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const contestant of contestants) {
      globalThis.gc?.();
      results.get(contestant.name)?.push(await contestant.run());
    }
  }
  const medians = new Map([...results].map(([name, values]) => [name, median(values)]));
  console.log(`\n${title} (${unit}, median of ${rounds})`);
  for (const [name, values] of results) {
    const all = values.map((value) => format(value)).join(", ");
    console.log(`  ${name.padEnd(44)} ${format(median(values)).padStart(12)}   [${all}]`);
  }
  return { title, unit, medians };
}

/** Prints a ratio within one run against its target. */
export function judge(what: string, ratio: number, target: number, better: "at least" | "at most"): void {
  const met = better === "at least" ? ratio >= target : ratio <= target;
  console.log(`  ${met ? "met " : "MISS"} ${what}: ${ratio.toFixed(2)} (${better} ${target})`);
}

export function ratioOf(comparison: Comparison, a: string, b: string): number {
  return (comparison.medians.get(a) ?? Number.NaN) / (comparison.medians.get(b) ?? Number.NaN);
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1
    ? (sorted[middle] ?? 0)
    : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}

export function printMachine(): void {
  const [cpu] = cpus();
  console.log(
    `Node ${process.versions.node}, ${cpus().length} x ${cpu?.model ?? "unknown"}, ${Math.round(totalmem() / 2 ** 30)} GiB, ${process.platform} ${release()}`,
  );
}

/** Events or calls per second. */
export async function rateOf(count: number, work: () => Promise<void> | void): Promise<number> {
  const started = performance.now();
  await work();
  return count / ((performance.now() - started) / 1000);
}

/** Runs `calls` calls by `callers` callers at once, each waiting for its answer before the next. */
export async function byCallers(
  callers: number,
  calls: number,
  call: (index: number) => Promise<unknown>,
): Promise<void> {
  let next = 0;
  await Promise.all(
    Array.from({ length: callers }, async () => {
      while (next < calls) await call(next++);
    }),
  );
}

function format(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString("en-US") : value.toPrecision(3);
}
