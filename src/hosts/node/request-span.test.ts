import { AsyncLocalStorage } from "node:async_hooks";
import {
  type Context,
  context,
  propagation,
  ROOT_CONTEXT,
  type Span,
  type SpanOptions,
  type Tracer,
  trace,
} from "@opentelemetry/api";
import { afterAll, beforeAll, expect, test } from "vitest";
import { inRequestSpan } from "./request-span.ts";

/** The least of an SDK that a test needs: it records what the interface is told. */
const spans: { name: string; attributes: Record<string, unknown>; parent: unknown; ended: boolean }[] = [];
const storage = new AsyncLocalStorage<Context>();
const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

function startSpan(name: string, options: SpanOptions = {}, parent: Context = context.active()): Span {
  const record = { name, attributes: { ...options.attributes }, parent: parent.getValue(key), ended: false };
  spans.push(record);
  const span = {
    setAttribute: (field: string, value: unknown) => Object.assign(record.attributes, { [field]: value }),
    setStatus: () => span,
    end: () => {
      record.ended = true;
    },
  };
  // What the code under test touches of a span.
  return span as unknown as Span;
}

const key = Symbol("traceparent");
const tracer = {
  startSpan,
  startActiveSpan(name: string, options: SpanOptions, parent: Context, work: (span: Span) => unknown) {
    const span = startSpan(name, options, parent);
    return context.with(trace.setSpan(parent, span), () => work(span));
  },
} as unknown as Tracer;

beforeAll(() => {
  trace.setGlobalTracerProvider({ getTracer: () => tracer });
  context.setGlobalContextManager({
    active: () => storage.getStore() ?? ROOT_CONTEXT,
    with: (active, work, self, ...args) => storage.run(active, () => work.call(self as never, ...args)),
    bind: (_active, target) => target,
    enable: () => context as never,
    disable: () => context as never,
  });
  propagation.setGlobalPropagator({
    inject: () => {},
    extract: (from, carrier) => from.setValue(key, (carrier as { traceparent: string }).traceparent),
    fields: () => ["traceparent"],
  });
});
afterAll(() => {
  trace.disable();
  context.disable();
  propagation.disable();
});

test("a request is a span with its path and status, a child of the caller's, and the parent of what it does", async () => {
  const request = new Request("http://shop/v1/tasks?secret=1", { method: "POST", headers: { traceparent } });
  const response = await inRequestSpan(request, async () => {
    expect(trace.getActiveSpan()).toBeDefined();
    return new Response("", { status: 201 });
  });
  expect(response.status).toBe(201);
  expect(spans).toEqual([
    {
      name: "HTTP POST",
      attributes: {
        "http.request.method": "POST",
        "url.path": "/v1/tasks",
        "http.response.status_code": 201,
      },
      parent: traceparent,
      ended: true,
    },
  ]);
});

test("a request that fails ends its span too", async () => {
  await expect(
    inRequestSpan(new Request("http://shop"), () => Promise.reject(new Error("broken"))),
  ).rejects.toThrow("broken");
  expect(spans.at(-1)).toMatchObject({ attributes: { "url.path": "/" }, ended: true });
});
