import { describe, expect, test } from "vitest";
import { MillraceError } from "../../src/errors/millrace-error.ts";
import { opened } from "./opened.ts";
import { overMemory, replacing } from "./over-stores.ts";
import { calmShop } from "./shop.ts";

const never = () => new Promise<never>(() => {});

describe("what takes too long", () => {
  const stuck = overMemory((runtime) => ({
    ...runtime,
    commands: replacing(runtime.commands, { handle: never, load: never }),
  }));
  const { client } = opened(stuck, calmShop(), { requestTimeoutMs: 20 });

  test("a command is a 503 that says that its outcome is unknown", async () => {
    const answer = await client().post("/v1/accounts", { userId: "ada" });
    expect([answer.status, answer.body.code, answer.headers.get("retry-after")]).toEqual([
      503,
      "outcome-unknown",
      "1",
    ]);
    expect(answer.body.detail).toContain("Idempotency-Key");
  });

  test("reading is a 503, and health still tells", async () => {
    const answer = await client().get("/v1/accounts/some");
    expect([answer.status, answer.body.code]).toEqual([503, "store-unavailable"]);
    expect((await client().get("/health/live")).status).toBe(200);
  });
});

describe("a stream of changes that stood after its caller was told that it takes too long", () => {
  let left = 0;
  const slow = overMemory((runtime) => ({
    ...runtime,
    queries: replacing(runtime.queries, {
      rows: async (...asked) => {
        await new Promise((resolve) => setTimeout(resolve, 60));
        return runtime.queries.rows(...asked);
      },
      changes: (view, request) => {
        request.signal.addEventListener("abort", () => left++);
        return runtime.queries.changes(view, request);
      },
    }),
  }));
  const { client } = opened(slow, calmShop(), { requestTimeoutMs: 20 });

  test("is left, so that nothing goes on for nobody", async () => {
    expect((await client().get("/v1/views/accounts", { accept: "text/event-stream" })).status).toBe(503);
    await expect.poll(() => left).toBe(1);
  });
});

describe("what the domain said", () => {
  const parked = overMemory((runtime) => ({
    ...runtime,
    queries: replacing(runtime.queries, {
      row: async () => {
        throw new MillraceError("view-parked", "The view has parked event 7 of account-bob: a secret.", {
          data: { sequence: "account-bob" },
        });
      },
    }),
  }));
  const { client } = opened(parked, calmShop());

  test("G12: a parked row tells callers nothing of what failed, nor of whom", async () => {
    const answer = await client().get("/v1/views/accounts/some");
    expect([answer.status, answer.body.code]).toEqual([409, "view-parked"]);
    expect(answer.body.instance).toMatch(/^urn:uuid:/);
    expect(answer.text).not.toMatch(/secret|bob/);
  });
});

describe("an imported event", () => {
  const imported = overMemory((runtime) => ({
    ...runtime,
    commands: replacing(runtime.commands, {
      history: async (...asked) =>
        (await runtime.commands.history(...asked)).map((event) => ({ ...event, id: '"\u20ac, 1"' })),
    }),
  }));
  const { client } = opened(imported, calmShop());

  test("is read and kept by its ETag, whatever its id", async () => {
    const { path } = await client().openAccount();
    const answer = await client().get(`${path}/events/1`);
    expect([answer.status, answer.body.id]).toEqual([200, '"\u20ac, 1"']);
    const tag = answer.headers.get("etag") ?? "";
    expect((await client().get(`${path}/events/1`, { "if-none-match": tag })).status).toBe(304);
  });
});

describe("a body that is too much", () => {
  const { client } = opened(overMemory(), calmShop(), { maxBodyBytes: 2000 });

  test("G11: is not read to its end", async () => {
    let pulled = 0;
    const endless = new ReadableStream<Uint8Array>({
      pull(controller) {
        pulled += 1;
        controller.enqueue(new Uint8Array(1000).fill(0x20));
      },
    });
    const json = { "content-type": "application/json" };
    expect((await client().send("POST", "/v1/accounts", endless, json)).status).toBe(413);
    expect(pulled).toBeLessThan(10);
  });
});

test("G11: a body that breaks off is a 400", async () => {
  const it = await overMemory()(calmShop());
  const broken = new ReadableStream<Uint8Array>({
    pull(controller) {
      controller.error(new Error("gone"));
    },
  });
  const asked = { method: "POST", body: broken, duplex: "half" } as const;
  expect((await it.fetch(new Request("http://shop.test/v1/accounts", asked))).status).toBe(400);
  await it.close();
});

test("no cache keeps a failure", async () => {
  const it = await overMemory()(calmShop());
  const answer = await it.fetch(new Request("http://shop.test/v1/accounts/nobody"));
  expect(answer.headers.get("cache-control")).toBe("no-store");
  await it.close();
});
