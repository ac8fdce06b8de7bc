import { trace } from "@opentelemetry/api";
import { inSpan } from "../../runtime/span.ts";

/**
 * Answers a request in a span, which is the parent of the command's, the append's and the projections'. Named after the
 * method alone: paths hold ids, and names that never end are of no use to a backend. A stream's span ends as it begins.
 */
export function inRequestSpan(request: Request, answer: () => Promise<Response>): Promise<Response> {
  const attributes = { "http.request.method": request.method, "url.path": pathOf(request.url) };
  const traceparent = request.headers.get("traceparent") ?? undefined;
  return inSpan(`HTTP ${request.method}`, attributes, traceparent, async () => {
    const response = await answer();
    trace.getActiveSpan()?.setAttribute("http.response.status_code", response.status);
    return response;
  });
}

/** Without the query, which may hold what is nobody else's business. Cheaper than parsing the URL. */
function pathOf(url: string): string {
  const start = url.indexOf("/", url.indexOf("//") + 2);
  const end = url.indexOf("?", start);
  return start < 0 ? "/" : url.slice(start, end < 0 ? undefined : end);
}
