import {
  type CounterName,
  counters,
  type GaugeName,
  gauges,
  type HistogramName,
  histograms,
  type Labels,
  type Telemetry,
} from "../ports/telemetry.ts";

/** Where observations fall: upper bounds, ascending; what is above the last counts in `+Inf` alone. */
const buckets: Readonly<Record<HistogramName, readonly number[]>> = {
  // Powers of two: batches double as load does.
  millrace_append_batch_size: [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024],
  // From a sync of a fast disk (half a millisecond) to what a caller gives up on.
  millrace_append_seconds: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
  millrace_command_seconds: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
};

interface Distribution {
  /** Observations at or below each bucket's bound, not cumulated. */
  readonly counts: number[];
  sum: number;
  count: number;
}

/** Counts what the engine reports, in memory, and tells it in Prometheus's text format 0.0.4. */
export interface Meter extends Pick<Telemetry, "count" | "observe" | "gauge"> {
  /** Every metric with `HELP` and `TYPE`, in the order of ports/telemetry.ts, also those without a sample. */
  text(): string;
}

/** Makes a meter of one process. Its counters start at 0 with the process, as Prometheus expects. */
export function createMeter(): Meter {
  const counted = samples<CounterName, number>(Object.keys(counters) as CounterName[]);
  const set = samples<GaugeName, number>(Object.keys(gauges) as GaugeName[]);
  const observed = samples<HistogramName, Distribution>(Object.keys(histograms) as HistogramName[]);
  return {
    count(metric, labels, amount = 1) {
      const series = counted[metric];
      const key = labelText(labels);
      series.set(key, (series.get(key) ?? 0) + amount);
    },
    gauge(metric, value, labels) {
      set[metric].set(labelText(labels), value);
    },
    observe(metric, value, labels) {
      const bounds = buckets[metric];
      const key = labelText(labels);
      let distribution = observed[metric].get(key);
      if (distribution === undefined) {
        distribution = { counts: bounds.map(() => 0), sum: 0, count: 0 };
        observed[metric].set(key, distribution);
      }
      const bucket = bounds.findIndex((bound) => value <= bound);
      if (bucket >= 0) distribution.counts[bucket] = (distribution.counts[bucket] ?? 0) + 1;
      distribution.sum += value;
      distribution.count += 1;
    },
    text() {
      const lines: string[] = [];
      for (const [name, series] of Object.entries(counted)) {
        describe(lines, name, "counter", counters[name as CounterName]);
        for (const [labels, value] of series) lines.push(sample(name, labels, value));
      }
      for (const [name, series] of Object.entries(observed)) {
        describe(lines, name, "histogram", histograms[name as HistogramName]);
        for (const [labels, distribution] of series) {
          lines.push(...distributionLines(name as HistogramName, labels, distribution));
        }
      }
      for (const [name, series] of Object.entries(set)) {
        describe(lines, name, "gauge", gauges[name as GaugeName]);
        for (const [labels, value] of series) lines.push(sample(name, labels, value));
      }
      return `${lines.join("\n")}\n`;
    },
  };
}

/** For each metric, its samples by their labels as text. */
function samples<Name extends string, Value>(names: readonly Name[]): Record<Name, Map<string, Value>> {
  // Object.fromEntries forgets that the keys are all of Name.
  return Object.fromEntries(names.map((name) => [name, new Map()])) as Record<Name, Map<string, Value>>;
}

/** Labels in the order of their names, so that the same labels are always the same sample. */
function labelText(labels: Labels = {}): string {
  return Object.keys(labels)
    .sort()
    .map((name) => `${name}="${escapeLabel(labels[name] ?? "")}"`)
    .join(",");
}

function escapeLabel(value: string): string {
  return value.replace(/[\\"\n]/g, (mark) => (mark === "\n" ? "\\n" : `\\${mark}`));
}

function describe(lines: string[], name: string, type: string, help: string): void {
  lines.push(`# HELP ${name} ${help.replaceAll("\\", "\\\\").replaceAll("\n", "\\n")}`);
  lines.push(`# TYPE ${name} ${type}`);
}

function sample(name: string, labels: string, value: number): string {
  return `${name}${labels === "" ? "" : `{${labels}}`} ${numberText(value)}`;
}

function numberText(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  return Number.isFinite(value) ? String(value) : value > 0 ? "+Inf" : "-Inf";
}

function distributionLines(name: HistogramName, labels: string, distribution: Distribution): string[] {
  const before = labels === "" ? "" : `${labels},`;
  let below = 0;
  const lines = buckets[name].map((bound, index) => {
    below += distribution.counts[index] ?? 0;
    return sample(`${name}_bucket`, `${before}le="${bound}"`, below);
  });
  return [
    ...lines,
    sample(`${name}_bucket`, `${before}le="+Inf"`, distribution.count),
    sample(`${name}_sum`, labels, distribution.sum),
    sample(`${name}_count`, labels, distribution.count),
  ];
}
