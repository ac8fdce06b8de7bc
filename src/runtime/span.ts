import { type Attributes, context, propagation, SpanStatusCode, trace } from "@opentelemetry/api";

const tracer = trace.getTracer("millrace");

/**
 * Runs `work` in an OpenTelemetry span, as a child of `traceparent` where one is given and no span is active. Costs next
 * to nothing until a program installs an SDK.
 */
export async function inSpan<T>(
  name: string,
  attributes: Attributes,
  traceparent: string | undefined,
  work: () => Promise<T>,
): Promise<T> {
  const parent =
    traceparent === undefined || trace.getActiveSpan() !== undefined
      ? context.active()
      : propagation.extract(context.active(), { traceparent });
  return tracer.startActiveSpan(name, { attributes }, parent, async (span) => {
    try {
      return await work();
    } catch (error) {
      span.setStatus({
        code: SpanStatusCode.ERROR,
        message: error instanceof Error ? error.message : String(error),
      });
      throw error;
    } finally {
      span.end();
    }
  });
}
