import { cpus, loadavg, release, totalmem } from "node:os";

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

/** The value that `share` of the values lie below, such as 0.99. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

export function printMachine(): void {
  const [cpu] = cpus();
  console.log(
    `Node ${process.versions.node}, ${cpus().length} x ${cpu?.model ?? "unknown"}, ${Math.round(totalmem() / 2 ** 30)} GiB, ${process.platform} ${release()}, load ${loadavg()[0]?.toFixed(2)}`,
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
  call: (index: number, caller: number) => Promise<unknown>,
): Promise<void> {
  let next = 0;
  await Promise.all(
    Array.from({ length: callers }, async (_, caller) => {
      while (next < calls) await call(next++, caller);
    }),
  );
}

/** Runs calls by `callers` callers for so long; resolves with how long each call took, in milliseconds. */
export async function forSeconds(
  seconds: number,
  callers: number,
  call: (index: number) => Promise<unknown>,
): Promise<readonly number[]> {
  const end = performance.now() + seconds * 1000;
  const tookMs: number[] = [];
  let next = 0;
  await Promise.all(
    Array.from({ length: callers }, async () => {
      for (let started = performance.now(); started < end; ) {
        await call(next++);
        const answered = performance.now();
        tookMs.push(answered - started);
        started = answered;
      }
    }),
  );
  return tookMs;
}

function format(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString("en-US") : value.toPrecision(3);
}
