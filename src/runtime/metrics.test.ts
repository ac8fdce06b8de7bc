import { describe, expect, test } from "vitest";
import { counters, gauges, histograms } from "../ports/telemetry.ts";
import { createMeter } from "./metrics.ts";

function linesOf(text: string, metric: string): readonly string[] {
  return text.split("\n").filter((line) => line.startsWith(metric));
}

test("every named metric has its HELP and TYPE before there is any sample", () => {
  const text = createMeter().text();
  for (const [type, names] of Object.entries({ counter: counters, histogram: histograms, gauge: gauges })) {
    for (const [name, help] of Object.entries(names)) {
      expect(text).toContain(`# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`);
    }
  }
  expect(text.endsWith("\n")).toBe(true);
});

test("a counter adds up by labels, whatever their order", () => {
  const meter = createMeter();
  meter.count("millrace_commands_total", { aggregate: "account", outcome: "accepted" });
  meter.count("millrace_commands_total", { outcome: "accepted", aggregate: "account" }, 2);
  meter.count("millrace_commands_total", { aggregate: "account", outcome: "refused" });
  expect(linesOf(meter.text(), "millrace_commands_total")).toEqual([
    'millrace_commands_total{aggregate="account",outcome="accepted"} 3',
    'millrace_commands_total{aggregate="account",outcome="refused"} 1',
  ]);
});

test("a gauge is what was last set", () => {
  const meter = createMeter();
  meter.gauge("millrace_processor_lag", 7, { processor: "accounts" });
  meter.gauge("millrace_processor_lag", 0, { processor: "accounts" });
  expect(linesOf(meter.text(), "millrace_processor_lag")).toEqual([
    'millrace_processor_lag{processor="accounts"} 0',
  ]);
});

describe("a histogram", () => {
  test("counts at or below each bound, cumulated, with sum and count", () => {
    const meter = createMeter();
    for (const size of [1, 2, 3, 5000]) meter.observe("millrace_append_batch_size", size);
    const lines = linesOf(meter.text(), "millrace_append_batch_size");
    expect(lines[0]).toBe('millrace_append_batch_size_bucket{le="1"} 1');
    expect(lines[1]).toBe('millrace_append_batch_size_bucket{le="2"} 2');
    expect(lines[2]).toBe('millrace_append_batch_size_bucket{le="4"} 3');
    expect(lines.slice(-4)).toEqual([
      'millrace_append_batch_size_bucket{le="1024"} 3',
      'millrace_append_batch_size_bucket{le="+Inf"} 4',
      "millrace_append_batch_size_sum 5006",
      "millrace_append_batch_size_count 4",
    ]);
  });

  test("keeps its own labels beside the bound", () => {
    const meter = createMeter();
    meter.observe("millrace_command_seconds", 0.002, { aggregate: "account" });
    const text = meter.text();
    expect(text).toContain('millrace_command_seconds_bucket{aggregate="account",le="0.0025"} 1\n');
    expect(text).toContain('millrace_command_seconds_count{aggregate="account"} 1\n');
  });
});

test("a label's value is escaped", () => {
  const meter = createMeter();
  meter.count("millrace_http_requests_total", { route: 'a"b\\c\nd' });
  expect(meter.text()).toContain('millrace_http_requests_total{route="a\\"b\\\\c\\nd"} 1\n');
});

test("numbers beyond the finite are spelled as Prometheus does", () => {
  const meter = createMeter();
  meter.gauge("millrace_processor_lag", Number.POSITIVE_INFINITY);
  expect(meter.text()).toContain("millrace_processor_lag +Inf\n");
});
