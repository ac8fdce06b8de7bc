import { type HttpResult, lambdaHandler, type SqsResult } from "millrace/aws-lambda";
import { describe, expect, test } from "vitest";
import { freshSchema } from "../postgres/fresh-schema.ts";
import { accountSuite } from "./account-suite.ts";
import { LambdaRuntime } from "./lambda-runtime.ts";

/** As documented for API Gateway's payload format 2.0, which function URLs use, too. */
function httpEvent(path: string, { method = "GET", headers, body }: RequestInit = {}) {
  const { pathname, search } = new URL(path, "https://id.execute-api.eu-central-1.amazonaws.com");
  return {
    version: "2.0",
    routeKey: "$default",
    rawPath: pathname,
    rawQueryString: search.slice(1),
    headers: Object.fromEntries(new Headers(headers)),
    requestContext: {
      accountId: "123456789012",
      apiId: "id",
      domainName: "id.execute-api.eu-central-1.amazonaws.com",
      domainPrefix: "id",
      http: { method, path: pathname, protocol: "HTTP/1.1", sourceIp: "192.0.2.1", userAgent: "agent" },
      requestId: "id",
      routeKey: "$default",
      stage: "$default",
      time: "12/Mar/2026:19:03:58 +0000",
      timeEpoch: 1_773_342_238_000,
    },
    ...(body === undefined || body === null ? {} : { body: Buffer.from(String(body)).toString("base64") }),
    isBase64Encoded: body !== undefined && body !== null,
  };
}

function responseOf({ statusCode, headers, body, isBase64Encoded }: HttpResult): Response {
  const bytes = isBase64Encoded ? Uint8Array.from(atob(body), (letter) => letter.charCodeAt(0)) : body;
  return new Response([204, 304].includes(statusCode) ? null : bytes, { status: statusCode, headers });
}

accountSuite("AWS Lambda, over PostgreSQL", async () => {
  const runtime = new LambdaRuntime();
  await runtime.start(2, { STORE: JSON.stringify(freshSchema()) });
  return {
    fetch: async (path, init) => responseOf((await runtime.invoke(httpEvent(path, init))) as HttpResult),
    close: () => runtime.stop(),
  };
});

describe("a Lambda function", () => {
  const context = { getRemainingTimeInMillis: () => 10_000 };
  const drained: unknown[] = [];
  const handler = lambdaHandler(
    {
      fetch: async (request) => new Response(`${request.method} ${request.url} ${await request.text()}`),
      drain: async (request) => {
        drained.push(request.processors);
        if (request.processors?.includes("unknown")) throw new Error("no such processor");
        return { caughtUp: request.processors?.includes("slow") !== true };
      },
    },
    { streamMs: 20 },
  );

  function message(messageId: string, body: string) {
    return {
      messageId,
      receiptHandle: "AQEBwJnKyrHigUMZj6rYigCgxlaS3SLy0a",
      body,
      attributes: { ApproximateReceiveCount: "1", SentTimestamp: "1545082649183" },
      messageAttributes: {},
      md5OfBody: "098f6bcd4621d373cade4e832627b4f6",
      eventSource: "aws:sqs",
      eventSourceARN: "arn:aws:sqs:eu-central-1:123456789012:events",
      awsRegion: "eu-central-1",
    };
  }

  test("drains once for messages that ask for the same, and has those delivered again that were not done", async () => {
    drained.length = 0;
    const result = await handler(
      {
        Records: [
          message("a", '{"processors":["receipts"]}'),
          message("b", '{"processors":["receipts"]}'),
          message("c", '{"processors":["slow"]}'),
          message("d", '{"processors":["unknown"]}'),
          message("e", '{"processors":"receipts"}'),
          message("f", "Hello from SQS!"),
        ],
      },
      context,
    );
    expect(drained).toEqual([["receipts"], ["slow"], ["unknown"], undefined]);
    const failed = (result as SqsResult).batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
    expect(failed.sort()).toEqual(["c", "d", "e"]);
  });

  test.each([
    [
      "a schedule of EventBridge",
      {
        version: "0",
        id: "53dc4d37-cffa-4f76-80c9-8b7d4a4d2eaa",
        "detail-type": "Scheduled Event",
        source: "aws.events",
        account: "123456789012",
        time: "2026-10-08T16:53:06Z",
        region: "eu-central-1",
        resources: ["arn:aws:events:eu-central-1:123456789012:rule/drain"],
        detail: {},
      },
      undefined,
    ],
    [
      "an event of EventBridge",
      { version: "0", id: "1", "detail-type": "Drain", source: "shop", detail: { processors: ["receipts"] } },
      ["receipts"],
    ],
    ["what EventBridge Scheduler was told to send", { drain: { processors: ["receipts"] } }, ["receipts"]],
  ])("drains for %s", async (_what, event, processors) => {
    drained.length = 0;
    expect(await handler(event, context)).toEqual({ caughtUp: true });
    expect(drained).toEqual([processors]);
  });

  test("G11: says of an event of another kind what was expected", async () => {
    const s3 = { Records: [{ eventSource: "aws:s3", s3: {} }] };
    await expect(handler(s3, context)).rejects.toThrow(/payload format 2.0.*fields Records/);
    await expect(handler(null, context)).rejects.toMatchObject({ code: "request-malformed" });
    await expect(handler({ version: "1.0", httpMethod: "GET" }, context)).rejects.toMatchObject({
      code: "request-malformed",
    });
    const without = lambdaHandler({ fetch: async () => new Response() });
    await expect(without({ drain: {} }, context)).rejects.toMatchObject({ code: "configuration-invalid" });
  });

  test("leaves the name of a stage out of the path, and takes bodies as they come", async () => {
    const event = httpEvent("/prod/v1/accounts?a=b%26c&d", { method: "POST", body: "käse" });
    const staged = { ...event, requestContext: { ...event.requestContext, stage: "prod" } };
    const result = (await handler(staged, context)) as HttpResult;
    expect(result.body).toBe(
      "POST https://id.execute-api.eu-central-1.amazonaws.com/v1/accounts?a=b%26c&d käse",
    );
    const plain = { ...event, body: "{}", isBase64Encoded: false };
    expect(((await handler(plain, context)) as HttpResult).body).toMatch(
      /\/prod\/v1\/accounts\?a=b%26c&d \{\}$/,
    );
  });

  test("answers with bytes, cookies, and a stream as far as it came", async () => {
    const bytes = Uint8Array.of(0, 255, 128);
    const answering = (response: Response) =>
      lambdaHandler({ fetch: async () => response }, { streamMs: 20 });
    const image = new Response(bytes, { headers: { "content-type": "image/png", "set-cookie": "a=b" } });
    expect(await answering(image)(httpEvent("/"), context)).toEqual({
      statusCode: 200,
      headers: { "content-type": "image/png" },
      cookies: ["a=b"],
      body: btoa("\u0000\u00ff\u0080"),
      isBase64Encoded: true,
    });
    let isCancelled = false;
    const stream = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(new TextEncoder().encode("id: 1\ndata: {}\n\n")),
      cancel() {
        isCancelled = true;
      },
    });
    const changes = new Response(stream, { headers: { "content-type": "text/event-stream" } });
    expect(await answering(changes)(httpEvent("/"), context)).toMatchObject({ body: "id: 1\ndata: {}\n\n" });
    expect(isCancelled).toBe(true);
  });

  test("has what a command leads to done before its answer is given", async () => {
    const order: string[] = [];
    let finish = () => {};
    const work = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const patient = lambdaHandler({
      fetch: async (_request, { waitUntil } = {}) => {
        waitUntil?.(work.then(() => void order.push("done")));
        return new Response("ok");
      },
    });
    const answering = patient(httpEvent("/"), context).then(() => void order.push("answered"));
    // Longer than it takes to read an answer.
    for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
    finish();
    await answering;
    expect(order).toEqual(["done", "answered"]);
  });
});
