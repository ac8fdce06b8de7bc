/** Milliseconds. */
export interface LatencyReport {
  readonly count: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
}

/** Nearest-rank percentiles. */
export function latencyReport(latenciesMs: readonly number[]): LatencyReport {
  const sorted = Float64Array.from(latenciesMs).sort();
  const at = (share: number) =>
    Math.round((sorted[Math.max(Math.ceil(share * sorted.length) - 1, 0)] ?? 0) * 100) / 100;
  return { count: sorted.length, p50: at(0.5), p95: at(0.95), p99: at(0.99), max: at(1) };
}
