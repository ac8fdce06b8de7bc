import path from "node:path";
import { pathToFileURL } from "node:url";
import type { HttpResult } from "millrace/aws-lambda";
import { expect, onTestFinished, test } from "vitest";
import { startGateway } from "../../examples/online-store/payments/gateway/gateway-stub.ts";
import payments from "../../examples/online-store/payments/service.ts";
import { httpFunction } from "../../src/transports/http-function.ts";
import { root } from "../entry-points.ts";
import { secret } from "../runtime/as-functions.ts";
import { eventually, running, stores } from "../runtime/running.ts";
import { millrace, temporaryFolder } from "./millrace.ts";

type Handler = (event: unknown, context: unknown) => Promise<HttpResult>;

/** The function of `charge-payments` as the example declares it, built, and loaded as Lambda loads it. */
async function builtCharging(): Promise<Handler> {
  const out = temporaryFolder();
  const folder = path.join(root, "examples/online-store/payments");
  const { code, stderr } = await millrace(["functions", "build", "charge-payments", "--out", out], folder);
  expect([code, stderr]).toEqual([0, ""]);
  const file = pathToFileURL(path.join(out, "charge-payments/index.mjs"));
  return ((await import(file.href)) as { readonly handler: Handler }).handler;
}

/** A function URL: what it is asked goes to the handler as an event, and repeatedly, as platforms do. */
function functionUrl(handler: Handler): typeof fetch {
  return async (url, { headers, body } = {}) => {
    const event = {
      version: "2.0",
      rawPath: new URL(url as string).pathname,
      headers: Object.fromEntries(new Headers(headers)),
      body,
      requestContext: { http: { method: "POST" } },
    };
    const context = { getRemainingTimeInMillis: () => 10_000 };
    const [answer] = await Promise.all([handler(event, context), handler(event, context)]);
    return new Response(answer.body, { status: answer.statusCode, headers: answer.headers });
  };
}

test.each(stores)(
  "G7: payments on $name are charged once by the function that the example declares",
  async ({ open }) => {
    const gateway = await startGateway();
    onTestFinished(() => gateway.close());
    process.env.GATEWAY_URL = gateway.url;
    process.env.MILLRACE_FUNCTION_SECRET = secret;
    const call = functionUrl(await builtCharging());
    const transport = httpFunction("charge-payments", {
      url: "https://id.lambda-url.example",
      secret,
      fetch: call,
    });
    const connected = { transport, takes: "events", concurrency: 32, batchSize: 32 } as const;
    const runtime = await running(payments, await open(), { functions: { "charge-payments": connected } });
    const ids = Array.from({ length: 5 }, (_, index) => `p${index}`);
    for (const aggregateId of ids) {
      const data = { orderId: `order-${aggregateId}`, accountId: "a", amount: 250 };
      await runtime.commands.handle({ aggregate: "payment", aggregateId, type: "CreatePayment", data });
    }
    const statuses = async () => {
      const { rows } = await runtime.queries.rows("payments", { filters: [], limit: 10 });
      return rows.map(({ row }) => (row as { readonly status: string }).status);
    };
    await eventually(
      () => statuses().catch(() => []),
      (found) => found.length === 5 && found.every((status) => status === "PAYMENT_SUCCEEDED"),
    );
    const charges = (await (await fetch(`${gateway.url}/charges`)).json()) as unknown;
    expect(JSON.stringify(charges).match(/"amount":250/g)).toHaveLength(5);
  },
);
