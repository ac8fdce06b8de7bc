import { createServer } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { calmShop } from "../../../test/http/shop.ts";
import { noTelemetry } from "../../ports/telemetry.ts";
import { type ServedService, serve } from "./serve.ts";
import { UnreadableRequests } from "./unreadable-requests.ts";

/** Everything that a server says to `text` until the connection ends; `then` is sent once it has said something. */
function said(port: number, text: string, then?: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1");
    let heard = "";
    socket.on("data", (chunk) => {
      if (heard === "" && then !== undefined) socket.write(then);
      heard += chunk.toString("latin1");
    });
    socket.on("error", reject);
    socket.on("close", () => resolve(heard));
    socket.write(text, "latin1");
  });
}

function partsOf(answer: string) {
  const [head = "", text = ""] = answer.split("\r\n\r\n");
  const [line = "", ...headers] = head.split("\r\n");
  return { status: Number(line.split(" ")[1]), headers: headers.map((it) => it.toLowerCase()), text };
}

function problemIn(answer: string) {
  const { status, headers, text } = partsOf(answer);
  expect(headers).toEqual(
    expect.arrayContaining([
      "content-type: application/problem+json",
      "connection: close",
      `content-length: ${text.length}`,
    ]),
  );
  const body = JSON.parse(text) as { readonly status: number; readonly code: string };
  expect(body.status).toBe(status);
  return [status, body.code];
}

describe("what cannot be read as a request", () => {
  let served: ServedService;
  let port = 0;
  beforeAll(async () => {
    const options = { database: "memory:", port: 0, logLevel: "silent" } as const;
    served = await serve(calmShop(), options, { env: {}, development: true, signals: false });
    port = Number(new URL(served.url).port);
  });
  afterAll(() => served.close());

  const get = (...headers: readonly string[]) =>
    ["GET /health/live HTTP/1.1", ...headers, "", ""].join("\r\n");
  const post = (...headers: readonly string[]) =>
    [
      "POST /v1/accounts HTTP/1.1",
      "Host: shop.test",
      "Content-Type: application/json",
      ...headers,
      "",
      "",
    ].join("\r\n");

  test.each([
    ["no HTTP", "hello\r\n\r\n", 400, "request-malformed"],
    ["HTTP/2 without asking", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400, "request-malformed"],
    ["a header that is none", get("Host: shop.test", "a header: x"), 400, "request-malformed"],
    ["two lengths", post("Content-Length: 1", "Content-Length: 2"), 400, "request-malformed"],
    ["a broken chunk", `${post("Transfer-Encoding: chunked")}zz\r\n`, 400, "request-malformed"],
    ["a Host with a space", get("Host: shop test"), 400, "request-malformed"],
    ["a Host with a path", get("Host: shop/test"), 400, "request-malformed"],
    ["a Host with a user", get("Host: ada@shop.test"), 400, "request-malformed"],
    ["a Host with no such port", get("Host: shop.test:99999"), 400, "request-malformed"],
    ["a Host that breaks off", get("Host: [::1"), 400, "request-malformed"],
    ["no Host", get("Accept: */*"), 400, "request-malformed"],
    ["two Hosts", get("Host: shop.test", "Host: other.test"), 400, "request-malformed"],
    ["the same Host twice", get("Host: shop.test", "hOsT: shop.test"), 400, "request-malformed"],
    [
      "two Hosts in HTTP/1.0",
      "GET /health/live HTTP/1.0\r\nHost: shop.test\r\nHost: other.test\r\n\r\n",
      400,
      "request-malformed",
    ],
    [
      "an absolute URL that is none",
      "GET http://[/ HTTP/1.1\r\nHost: shop.test\r\n\r\n",
      400,
      "request-malformed",
    ],
    ["large headers", get("Host: shop.test", `Prefer: ${"a".repeat(20_000)}`), 431, "headers-too-large"],
    [
      "a long URL",
      `GET /${"a".repeat(20_000)} HTTP/1.1\r\nHost: shop.test\r\n\r\n`,
      431,
      "headers-too-large",
    ],
  ])("G11: %s is told as a problem, and the connection is closed", async (_name, text, status, code) => {
    expect(problemIn(await said(port, text))).toEqual([status, code]);
  });

  test("a health check in HTTP/1.0, which knows no Host, is answered", async () => {
    expect(partsOf(await said(port, "GET /health/live HTTP/1.0\r\n\r\n")).status).toBe(200);
  });

  test("an expectation that nobody knows is passed over", async () => {
    const answer = await said(port, get("Host: shop.test", "Expect: a miracle", "Connection: close"));
    expect(partsOf(answer).status).toBe(200);
  });

  test("a request that cannot be read, after one that could, is told after its answer", async () => {
    const heard = await said(port, get("Host: shop.test"), "hello\r\n\r\n");
    expect(heard.match(/HTTP\/1\.1 \d+/g)).toEqual(["HTTP/1.1 200", "HTTP/1.1 400"]);
  });

  test("an answer that is on its way is not mixed with another", async () => {
    const stream = "GET /v1/views/accounts HTTP/1.1\r\nHost: shop.test\r\nAccept: text/event-stream\r\n\r\n";
    const heard = await said(port, stream, "hello\r\n\r\n");
    expect(heard.match(/HTTP\/1\.1 \d+/g)).toEqual(["HTTP/1.1 200"]);
    expect(heard).not.toContain("problem");
  });
});

test("G11: a request that does not come to its end is a 408", async () => {
  const server = createServer({ headersTimeout: 20, requestTimeout: 20, connectionsCheckingInterval: 10 });
  new UnreadableRequests({ development: false, telemetry: noTelemetry }).watch(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  expect(problemIn(await said(port, "GET /health/live HTTP/1.1\r\nHost: shop"))).toEqual([
    408,
    "request-late",
  ]);
  await new Promise((resolve) => server.close(resolve));
});
