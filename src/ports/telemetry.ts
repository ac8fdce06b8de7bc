/**
 * Where the engine counts and says what happens. Metrics are few and named here, so that operators find each in the
 * docs; spans go through `@opentelemetry/api`, which does nothing until a program installs an SDK.
 */
export interface Telemetry {
  /** Adds to a counter. */
  count(metric: CounterName, labels?: Labels, amount?: number): void;
  /** Adds one observation to a histogram. */
  observe(metric: HistogramName, value: number, labels?: Labels): void;
  /** Sets a gauge. */
  gauge(metric: GaugeName, value: number, labels?: Labels): void;
  log(
    level: "debug" | "info" | "warn" | "error",
    message: string,
    facts?: Readonly<Record<string, unknown>>,
  ): void;
}

export type Labels = Readonly<Record<string, string>>;

export const counters = {
  millrace_commands_total: "Commands handled, by aggregate, command and outcome.",
  millrace_command_conflicts_total: "Appends that met a conflict and were decided again, by aggregate.",
  millrace_processor_events_total: "Events handled, by processor.",
  millrace_processor_retries_total: "Attempts at an event that failed and were repeated, by processor.",
  millrace_processor_failures_total: "Events that failed for good, by processor.",
  millrace_http_requests_total: "Requests answered, by method, route and status.",
} as const;

export const histograms = {
  millrace_append_batch_size: "Commits that shared one durable write.",
  millrace_append_seconds: "From the start of a durable write to its end.",
  millrace_command_seconds: "From a valid command to its outcome, by aggregate and command.",
} as const;

export const gauges = {
  millrace_processor_lag: "Positions between the head of the log and a processor's lowest checkpoint.",
  millrace_parked_sequences: "Sequences that wait for a decision, by processor.",
  millrace_retrying_sequences: "Sequences that wait for their next attempt, by processor.",
  millrace_processor_stopped: "1 while a processor stands at an event that it cannot handle.",
} as const;

export type CounterName = keyof typeof counters;
export type HistogramName = keyof typeof histograms;
export type GaugeName = keyof typeof gauges;

/** Says and counts nothing. */
export const noTelemetry: Telemetry = { count() {}, observe() {}, gauge() {}, log() {} };
