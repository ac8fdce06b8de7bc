import type { Telemetry } from "../ports/telemetry.ts";

/**
 * Counts what became of the events of one commit of a processor: those that took effect, those that failed for the first time,
 * and attempts after that. Also none, so that the counters are there from the beginning, as rates over them need.
 */
export function countHandled(
  telemetry: Telemetry,
  processor: string,
  {
    events,
    failures,
    retries,
  }: { readonly events: number; readonly failures: number; readonly retries: number },
): void {
  telemetry.count("millrace_processor_events_total", { processor }, events);
  telemetry.count("millrace_processor_failures_total", { processor }, failures);
  telemetry.count("millrace_processor_retries_total", { processor }, retries);
}
