import { existsSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { WebhookSecrets } from "../../src/message/webhook-signature.ts";
import { secret } from "../runtime/as-functions.ts";
import { createTask, makeShop, millrace, type Running, startShop, terminate } from "./millrace.ts";

const functions = `auth: "none", functions: {
  "complete-small": { from: "./src/service.ts", platform: "aws-lambda", memoryMb: 512 },
}`;

/** A batch with one event, as the relay pushes it. */
async function pushed(title: string) {
  const event = {
    id: "e1",
    type: "TaskCreated",
    data: { title, createdAt: "2026-01-01T00:00:00Z" },
    stream: "task-1",
    category: "task",
    aggregateId: "1",
    version: 1,
    position: 1,
    recordedAt: 0,
    schemaVersion: 1,
    metadata: { correlationId: "c", depth: 0 },
    tags: [],
  };
  const body = JSON.stringify([
    {
      specversion: "1.0",
      id: "e1",
      source: "shop",
      type: "TaskCreated",
      subject: "1",
      time: "2026-01-01T00:00:00Z",
      datacontenttype: "application/json",
      partitionkey: "task-1",
      data: { event, answers: [] },
    },
  ]);
  const signed = await new WebhookSecrets(secret, "the test").sign("m1", body, Date.now());
  return { body, headers: { "content-type": "application/cloudevents-batch+json", ...signed } };
}

const commands = [{ aggregate: "task", aggregateId: "1", type: "CompleteTask", data: {} }];
const results = { results: [{ id: "e1", status: "handled", commands }] };

describe("functions of a configuration", () => {
  const folder = makeShop(functions);

  test("are listed", async () => {
    const { stdout } = await millrace(["functions", "list"], folder, {
      MILLRACE_FUNCTIONS: "complete-small=https://f.example",
      MILLRACE_FUNCTION_SECRET: secret,
    });
    expect(stdout).toMatch(/complete-small +policy +events +aws-lambda +512 +30 +16 +https:\/\/f\.example/);
    const { stdout: json } = await millrace(["functions", "list", "--json"], folder);
    expect(JSON.parse(json)).toEqual([
      expect.objectContaining({ name: "complete-small", kind: "policy", memoryMb: 512, batchSize: 32 }),
    ]);
  });

  test("are built, each alone, and run as the platform calls them", async () => {
    const { stdout, stderr, code } = await millrace(["functions", "build", "--json"], folder);
    expect([code, stderr]).toEqual([0, ""]);
    const [built] = JSON.parse(stdout) as { file: string; bytes: number; gzippedBytes: number }[];
    const file = path.join(folder, built?.file ?? "");
    expect(existsSync(`${file}.map`)).toBe(true);
    expect(built?.gzippedBytes).toBeGreaterThan(1000);
    process.env.MILLRACE_FUNCTION_SECRET = secret;
    const { handler } = (await import(pathToFileURL(file).href)) as {
      handler: (event: unknown, context: unknown) => Promise<{ body: string; statusCode: number }>;
    };
    const { body, headers } = await pushed("small");
    const event = {
      version: "2.0",
      rawPath: "/v1/processors/complete-small/events",
      headers,
      body,
      requestContext: { http: { method: "POST" } },
    };
    const answer = await handler(event, { getRemainingTimeInMillis: () => 1000 });
    expect([answer.statusCode, JSON.parse(answer.body)]).toEqual([200, results]);
  });

  test.each(["cloudflare", "fetch", "google-cloud"])("are built for %s", async (platform) => {
    const other = makeShop(functions.replace("aws-lambda", platform));
    const { code, stderr } = await millrace(
      ["functions", "build", "complete-small", "--out", "built"],
      other,
    );
    expect([code, stderr]).toEqual([0, ""]);
    const file = path.join(other, "built/complete-small/index.mjs");
    if (platform === "google-cloud") {
      expect(existsSync(path.join(other, "built/complete-small/package.json"))).toBe(true);
      return;
    }
    const { default: worker } = (await import(pathToFileURL(file).href)) as {
      default: { fetch: (request: Request, env: object) => Promise<Response> };
    };
    const url = "https://f.example/v1/processors/complete-small/events";
    const request = new Request(url, { method: "POST", ...(await pushed("small")) });
    const answer = await worker.fetch(request, { MILLRACE_FUNCTION_SECRET: secret });
    expect([answer.status, await answer.json()]).toEqual([200, results]);
  });

  test("say what is wrong with how they are declared", async () => {
    const nowhere = makeShop('auth: "none", functions: { "complete-small": {} }');
    expect((await millrace(["functions", "build"], nowhere)).stderr).toContain('expected "from"');
    const wrong = makeShop('auth: "none", functions: { "complete-small": { from: "./src/task.ts" } }');
    expect((await millrace(["functions", "build"], wrong)).stderr).toMatch(
      /task\.ts does not export policy complete-small; it exports task/,
    );
    const unknown = makeShop('auth: "none", functions: { "complete-all": { from: "./src/service.ts" } }');
    expect((await millrace(["functions", "list"], unknown)).stderr).toContain(
      "expected among complete-small",
    );
    expect((await millrace(["functions", "build", "others"], folder)).stderr).toContain('no "others"');
  });
});

describe("invoking a function", () => {
  const folder = makeShop(functions);
  let shop: Running & { readonly url: string };
  beforeAll(async () => {
    shop = await startShop(folder);
    await createTask(shop.url, "small");
    await createTask(shop.url, "poison");
  });
  afterAll(() => terminate(shop));

  test("says what it would dispatch, and dispatches nothing twice", async () => {
    const dry = await millrace(
      ["functions", "invoke", "complete-small", "--event", "1", "--dry-run"],
      folder,
    );
    expect(dry.stdout).toMatch(/^TaskCreated of task-.+ at position 1: \{"title":"small"/);
    expect(dry.stdout).toMatch(/would dispatch CompleteTask to task .+ \{\}/);
    const wet = await millrace(["functions", "invoke", "complete-small", "--event", "1", "--json"], folder);
    const { commands: dispatched } = JSON.parse(wet.stdout) as { commands: { result: unknown }[] };
    // The service has completed it by now: the same command has the same result.
    expect(dispatched).toEqual([
      expect.objectContaining({
        result: expect.objectContaining({ status: "accepted", version: 2 }) as unknown,
      }),
    ]);
  });

  test("tells what a reaction throws, and which events there are", async () => {
    const missing = await millrace(["functions", "invoke", "complete-small", "--event", "999"], folder);
    expect([missing.code, missing.stderr]).toEqual([1, expect.stringContaining("no event at position 999")]);
    const other = await millrace(["functions", "invoke", "complete-tall", "--event", "1"], folder);
    expect(other.stderr).toContain("expected one of complete-small");
  });
});
