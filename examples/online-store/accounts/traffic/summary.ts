import type { Played } from "./player.ts";

export interface Summary {
  readonly requests: number;
  readonly perSecond: number;
  /** Answers of 5xx, requests without an answer, and rows that did not show what was written. */
  readonly failures: number;
  readonly kinds: readonly {
    readonly what: string;
    readonly requests: number;
    /** Milliseconds. */
    readonly p50: number;
    readonly p95: number;
    readonly p99: number;
    readonly outcomes: Readonly<Record<string, number>>;
  }[];
  readonly text: string;
}

/** Rates, latencies and outcomes by kind of request. */
export function summarize(played: readonly Played[], elapsedMs: number): Summary {
  const names = [...new Set(played.map(({ what }) => what))].sort();
  const kinds = names.map((what) => {
    const own = played.filter((request) => request.what === what);
    const latencies = own.map(({ ms }) => ms).sort((a, b) => a - b);
    const outcomes: Record<string, number> = {};
    for (const { outcome } of own) outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
    const at = (share: number) =>
      Number((latencies[Math.floor(share * (latencies.length - 1))] ?? 0).toFixed(2));
    return { what, requests: own.length, p50: at(0.5), p95: at(0.95), p99: at(0.99), outcomes };
  });
  const failures = played.filter(({ outcome }) => /^(5|FAILED|WRONG)/.test(outcome)).length;
  const perSecond = Math.round(played.length / (elapsedMs / 1000));
  const lines = kinds.map(({ what, requests, p50, p95, p99, outcomes }) => {
    const told = Object.entries(outcomes).map(([outcome, count]) => `${outcome}: ${count}`);
    return `${what.padEnd(18)}${String(requests).padStart(8)}${[p50, p95, p99].map((ms) => ms.toFixed(1).padStart(9)).join("")}   ${told.join(", ")}`;
  });
  const text = [
    `${played.length} requests, ${perSecond}/s, ${failures} failures`,
    `${"".padEnd(18)}${"requests".padStart(8)}${["p50 ms", "p95 ms", "p99 ms"].map((name) => name.padStart(9)).join("")}   outcomes`,
    ...lines,
  ].join("\n");
  return { requests: played.length, perSecond, failures, kinds, text };
}
