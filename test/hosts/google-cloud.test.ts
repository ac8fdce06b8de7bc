import { once } from "node:events";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import * as functions from "@google-cloud/functions-framework";
import { getTestServer } from "@google-cloud/functions-framework/testing";
import { cloudEventTrigger, httpTrigger } from "millrace/google-cloud";
import { openPostgres } from "millrace/postgres";
import { describe, expect, onTestFinished, test } from "vitest";
import { freshSchema } from "../postgres/fresh-schema.ts";
import { accountFunction } from "./account-function.ts";
import { type AccountHost, accountSuite } from "./account-suite.ts";

async function listening(name: string): Promise<{ readonly url: string; readonly server: Server }> {
  const server = getTestServer(name).listen(0, "127.0.0.1");
  await once(server, "listening");
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server };
}

const open = async (): Promise<AccountHost> => {
  const store = freshSchema();
  const handler = accountFunction(() => openPostgres({ ...store, listen: false, maxConnections: 2 }));
  functions.http("accounts", httpTrigger(handler));
  const { url, server } = await listening("accounts");
  return {
    fetch: (path, init) => fetch(`${url}${path}`, init),
    async close() {
      server.closeAllConnections();
      server.close();
      await handler.close();
    },
  };
};

accountSuite("Google Cloud's functions framework, over PostgreSQL", open, { parsesJson: true });

describe("a function that events of Google Cloud set off", () => {
  const drained: unknown[] = [];
  functions.cloudEvent(
    "drain",
    cloudEventTrigger({
      drain: async ({ processors }) => {
        drained.push(processors);
        return { caughtUp: processors?.includes("slow") !== true };
      },
    }),
  );

  /** In the binary mode of CloudEvents over HTTP, as Eventarc sends them. */
  async function deliver(data: unknown): Promise<number> {
    const { url, server } = await listening("drain");
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    const answer = await fetch(url, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        "ce-specversion": "1.0",
        "ce-id": "1",
        "ce-type": "google.cloud.pubsub.topic.v1.messagePublished",
        "ce-source": "//pubsub.googleapis.com/projects/shop/topics/drain",
      },
      body: JSON.stringify(data),
    });
    return answer.status;
  }

  const published = (text: string) => ({
    subscription: "projects/shop/subscriptions/drain",
    message: { messageId: "1", publishTime: "2026-01-01T00:00:00Z", data: btoa(text) },
  });

  test("drains what a message of Pub/Sub names, or all", async () => {
    drained.length = 0;
    expect(await deliver(published('{"processors":["receipts"]}'))).toBe(204);
    expect(await deliver(published("Hello"))).toBe(204);
    expect(await deliver({ processors: ["receipts"] })).toBe(204);
    expect(drained).toEqual([["receipts"], undefined, ["receipts"]]);
  });

  test("fails where there is more to do, so that the platform delivers again", async () => {
    expect(await deliver(published('{"processors":["slow"]}'))).toBe(500);
    expect(await deliver(published('{"processors":"receipts"}'))).toBe(500);
  });
});

test("a stream of changes ends when its reader leaves", async () => {
  let isCancelled = () => {};
  const cancelled = new Promise<void>((resolve) => {
    isCancelled = resolve;
  });
  const stream = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(new TextEncoder().encode("id: 1\ndata: {}\n\n")),
    cancel: () => isCancelled(),
  });
  functions.http(
    "changes",
    httpTrigger({
      fetch: async () => new Response(stream, { headers: { "content-type": "text/event-stream" } }),
    }),
  );
  const { url, server } = await listening("changes");
  const leaving = new AbortController();
  const answer = await fetch(url, { signal: leaving.signal });
  const part = await answer.body?.getReader().read();
  expect(new TextDecoder().decode(part?.value)).toBe("id: 1\ndata: {}\n\n");
  leaving.abort();
  await cancelled;
  server.close();
});

test("what a command leads to is done before its answer is given", async () => {
  const order: string[] = [];
  let finish = () => {};
  const work = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const trigger = httpTrigger({
    fetch: async (_request, { waitUntil } = {}) => {
      waitUntil?.(work.then(() => void order.push("done")));
      return new Response(null, { status: 204 });
    },
  });
  const request = { method: "POST", originalUrl: "/", protocol: "http", headers: {} };
  const response = {
    statusCode: 0,
    destroyed: false,
    setHeader: () => {},
    write: () => true,
    once: () => {},
    end: () => void order.push("answered"),
  };
  const answering = trigger(request, response);
  for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
  finish();
  await answering;
  expect(order).toEqual(["done", "answered"]);
});
