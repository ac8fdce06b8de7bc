import { asyncProperty, assert as check } from "fast-check";
import { describe, expect, test } from "vitest";
import type { OpenHttp } from "./client.ts";
import { describedRoutes } from "./described-routes.ts";
import { malformedRequest } from "./malformed-request.ts";
import { opened } from "./opened.ts";
import { calmShop, shop } from "./shop.ts";

const runs = Number(process.env.MILLRACE_FUZZ ?? 500);

/** The same requests in every run of the tests; others in each long run, which names its seed where it fails. */
const seed = process.env.MILLRACE_FUZZ === undefined ? 20_261 : Date.now() % 2 ** 31;

export function malformedSuite(open: OpenHttp): void {
  describe("malformed bodies", () => {
    const { client } = opened(open, shop(), { maxBodyBytes: 2000 });
    const json = { "content-type": "application/json" };
    const nested = (depth: number) => `{"userId":"ada","x":${"[".repeat(depth - 1)}${"]".repeat(depth - 1)}}`;

    test.each([
      ["broken JSON", '{"userId":', 400, "request-malformed"],
      ["invalid UTF-8", new Uint8Array([0x22, 0xc3, 0x28, 0x22]), 400, "request-malformed"],
      ["an encoded surrogate", new Uint8Array([0x22, 0xed, 0xa0, 0x80, 0x22]), 400, "request-malformed"],
      ["a bare U+0000", '{"userId":"\u0000"}', 400, "request-malformed"],
      ["65 levels", nested(65), 400, "request-malformed"],
      ["1,000 levels", nested(1000), 413, "payload-too-large"],
      ["U+0000", '{"userId":"\\u0000"}', 422, "text-refused"],
      ["U+0000 as a key", '{"userId":"ada","\\u0000":1}', 422, "text-refused"],
      ["a lone surrogate", '{"userId":"\\uD800"}', 422, "text-refused"],
      ["a lone low surrogate", '{"userId":"\\udc00x"}', 422, "text-refused"],
      ["an array", "[]", 422, "data-invalid"],
      ["null", "null", 422, "data-invalid"],
      ["a number", "1e999", 422, "data-invalid"],
      ["nothing", "", 422, "data-invalid"],
      ["too much", `{"userId":"${"a".repeat(2000)}"}`, 413, "payload-too-large"],
    ])("G11: %s is told and changes nothing", async (_name, body, status, code) => {
      const head = await client().head();
      const answer = await client().send("POST", "/v1/accounts", body, json);
      expect([answer.status, answer.body.code]).toEqual([status, code]);
      expect(answer.headers.get("content-type")).toBe("application/problem+json");
      expect(await client().head()).toBe(head);
    });

    test("64 levels, a pair of surrogates and an escaped backslash are fine", async () => {
      for (const body of [nested(64), '{"userId":"\\ud83d\\udca9"}', '{"userId":"\\\\u0000"}']) {
        expect((await client().send("POST", "/v1/accounts", body, json)).status).toBe(201);
      }
    });

    test("G11: a body that goes on for ever is a 413, and its sender is stopped", async () => {
      let pulled = 0;
      const endless = new ReadableStream<Uint8Array>({
        pull(controller) {
          pulled += 1;
          controller.enqueue(new Uint8Array(1000).fill(0x20));
        },
      });
      expect((await client().send("POST", "/v1/accounts", endless, json)).status).toBe(413);
      let before = 0;
      const more = () => {
        const since = pulled - before;
        before = pulled;
        return since;
      };
      await expect.poll(more).toBe(0);
    });

    test("G11: a body that breaks off changes nothing", async () => {
      const head = await client().head();
      const start = new TextEncoder().encode('{"userId":"ada"}');
      let isSent = false;
      const broken = new ReadableStream<Uint8Array>({
        pull(controller) {
          if (isSent) controller.error(new Error("gone"));
          else controller.enqueue(start);
          isSent = true;
        },
      });
      // Whoever breaks off hears the answer only where no connection goes with it.
      const answer = await client()
        .send("POST", "/v1/accounts", broken, json)
        .catch(() => undefined);
      expect(answer?.status ?? 400).toBe(400);
      expect(await client().head()).toBe(head);
    });

    test.each([
      ["text/plain", undefined],
      ["application/json; charset=latin1", undefined],
      ["application/jsonp", undefined],
      ["", undefined],
      ["application/json", "gzip"],
    ])("G11: a body of type %j, compressed as %j, is a 415", async (type, encoding) => {
      const headers = {
        "content-type": type,
        ...(encoding === undefined ? {} : { "content-encoding": encoding }),
      };
      const answer = await client().send("POST", "/v1/accounts", '{"userId":"ada"}', headers);
      expect([answer.status, answer.body.code]).toEqual([415, "media-type-unsupported"]);
    });

    test.each(["application/json; charset=UTF-8", "application/merge-patch+json", "APPLICATION/JSON"])(
      "a body of type %j is read",
      async (type) => {
        const answer = await client().send("POST", "/v1/accounts", '{"userId":"ada"}', {
          "content-type": type,
        });
        expect(answer.status).toBe(201);
      },
    );

    test("G11: a body that is wrong in very many places is told of the first hundred", async () => {
      const body = `{"type":[${"1,".repeat(500)}1]}`;
      const { path } = await client().openAccount();
      const answer = await client().send("POST", `${path}/events`, body, json);
      expect(answer.status).toBe(422);
      expect(answer.body.errors.length).toBeLessThanOrEqual(100);
    });

    test("G11: __proto__ in a body pollutes nothing", async () => {
      const body =
        '{"userId":"ada","__proto__":{"vip":true,"polluted":1},"constructor":{"prototype":{"polluted":1}}}';
      const answer = await client().send("POST", "/v1/accounts", body, json);
      expect(answer.body.events[0].data).toEqual({ userId: "ada", vip: false });
      expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
    });

    test.each(["-x", "%20", "a%2Fb", "a%00", "%F0%9F%92%A9", "a".repeat(201), "a%2520"])(
      "G11: the id %s is a 400",
      async (id) => {
        expect((await client().get(`/v1/accounts/${id}`)).status).toBe(400);
        expect((await client().post(`/v1/accounts/${id}/commands/close-account`)).status).toBe(400);
      },
    );

    test("G11: after all of that, the service still serves", async () => {
      const { path } = await client().openAccount();
      expect((await client().get(path)).status).toBe(200);
    });
  });

  describe("requests that nobody meant", () => {
    // As an operator, so that no request ends at the gate before anybody looked at it.
    const { client } = opened(open, calmShop(), {
      development: true,
      isLoopback: () => true,
      metrics: () => "",
      swaggerUiFile: async () => undefined,
    });

    test(
      `G11: ${runs} malformed requests are told as the caller's fault, and change nothing`,
      async () => {
        const { id } = await client().openAccount("ada");
        await expect.poll(async () => (await client().get("/health/ready")).status).toBe(200);
        const head = await client().head();
        const routes = await describedRoutes(client());
        expect(routes.length).toBeGreaterThan(20);
        await check(
          asyncProperty(malformedRequest(id, routes), async ({ method, path, headers, body, route }) => {
            const answer = await client().send(method, path, body, headers);
            expect(answer.status, answer.text).toBeLessThan(500);
            if (method === route?.method) expect(route.statuses).toContain(answer.status);
            if (answer.status >= 400 && method !== "HEAD") {
              expect(answer.headers.get("content-type")).toBe("application/problem+json");
              expect(answer.body).toMatchObject({ code: expect.any(String), status: answer.status });
            }
          }),
          { numRuns: runs, seed },
        );
        expect(await client().head()).toBe(head);
      },
      30_000 + runs * 20,
    );
  });
}
