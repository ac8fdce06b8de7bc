import { describe, expect, test } from "vitest";
import type { OpenHttp } from "./client.ts";
import { opened } from "./opened.ts";
import { calmShop } from "./shop.ts";

export function headersSuite(open: OpenHttp): void {
  describe("headers of commands", () => {
    const { client, runtime } = opened(open, calmShop());

    test("G4: a repeat with the same Idempotency-Key, bare or quoted, has the first result", async () => {
      const first = await client().post("/v1/accounts", { userId: "ada" }, { "idempotency-key": "key-1" });
      const head = await client().head();
      const again = await client().post("/v1/accounts", { userId: "ada" }, { "idempotency-key": '"key-1"' });
      expect([again.status, again.body, again.headers.get("etag")]).toEqual([201, first.body, '"1-3"']);
      expect(again.headers.get("millrace-token")).toBe(first.headers.get("millrace-token"));
      expect(await client().head()).toBe(head);
    });

    test.each([
      ['"two words"', "two words"],
      ['"\\"quoted\\" and \\\\"', '"quoted" and \\'],
      ["8e03978e-40d5:order/7,line;8", "8e03978e-40d5:order/7,line;8"],
      ["k".repeat(255), "k".repeat(255)],
    ])("G4: the Idempotency-Key %s is the key %j", async (value, idempotencyKey) => {
      const { id } = (await client().post("/v1/accounts", { userId: "ada" }, { "idempotency-key": value }))
        .body;
      const request = { aggregate: "account", type: "OpenAccount", data: { userId: "ada" }, idempotencyKey };
      expect(await runtime().commands.handle(request)).toMatchObject({ repeated: true, aggregateId: id });
    });

    test("G4: a repeat of a refused command is refused again, also when it would succeed now", async () => {
      const { path } = await client().openAccount();
      const activate = () =>
        client().post(`${path}/commands/activate-account`, {}, { "idempotency-key": "key-2" });
      expect((await activate()).status).toBe(409);
      await client().post(`${path}/commands/suspend-account`, { reason: "fraud" });
      expect((await activate()).body.code).toBe("account-not-suspended");
    });

    test("G4: a key stands for the JSON value as sent: not for its spelling, nor for what defaults make of it", async () => {
      const send = (body: string) => client().post("/v1/accounts", body, { "idempotency-key": "key-4" });
      const { body } = await send('{"userId":"ada","vip":true}');
      expect((await send('{ "vip": true, "userId": "\\u0061da" }')).body).toEqual(body);
      const other = await client().post("/v1/accounts", '{"userId":"bob"}', { "idempotency-key": "key-5" });
      const spelled = '{"userId":"bob","vip":false}';
      const again = await client().post("/v1/accounts", spelled, { "idempotency-key": "key-5" });
      expect([other.status, again.status, again.body.code]).toEqual([201, 422, "command-id-reused"]);
    });

    test("G4: the same key with other data is a 422", async () => {
      await client().post("/v1/accounts", { userId: "ada" }, { "idempotency-key": "key-3" });
      const other = await client().post("/v1/accounts", { userId: "bob" }, { "idempotency-key": "key-3" });
      expect([other.status, other.body.code]).toEqual([422, "command-id-reused"]);
    });

    test("If-Match lets a command through at that version alone, else 412", async () => {
      const { path } = await client().openAccount();
      const suspend = (etag: string) =>
        client().post(`${path}/commands/suspend-account`, { reason: "fraud" }, { "if-match": etag });
      const stale = await suspend('"7-3"');
      expect([stale.status, stale.body.code]).toEqual([412, "version-mismatch"]);
      expect(stale.body.data).toMatchObject({ expected: 7, actual: 1 });
      expect((await suspend('"1-3"')).status).toBe(200);
    });

    test("If-Match: * lets a command through at any version of what exists", async () => {
      const { path } = await client().openAccount();
      const headers = { "if-match": "*" };
      const suspend = (at: string) =>
        client().post(`${at}/commands/suspend-account`, { reason: "fraud" }, headers);
      expect((await suspend(path)).status).toBe(200);
      // Without the header it would be no success either, so that is what is told (RFC 9110, 13.2.1).
      const nobody = await suspend("/v1/accounts/nobody");
      expect([nobody.status, nobody.body.code]).toEqual([404, "aggregate-not-found"]);
      const open = (at: string) => client().post(at, { userId: "ada" }, headers);
      const created = await open("/v1/accounts");
      expect([created.status, created.body.code]).toEqual([412, "version-mismatch"]);
      expect(created.body.detail).toMatch(/was required to exist and does not exist/);
      const again = await open(`${path}/commands/open-account`);
      expect([again.status, again.body.code]).toEqual([409, "aggregate-exists"]);
    });

    test("If-None-Match: * creates only what does not exist, else 412", async () => {
      const create = () =>
        client().post(
          "/v1/accounts/fresh/commands/open-account",
          { userId: "ada" },
          { "if-none-match": "*" },
        );
      expect((await create()).status).toBe(200);
      expect((await create()).status).toBe(412);
    });

    test.each([
      ["idempotency-key", ""],
      ["idempotency-key", '""'],
      ["idempotency-key", "k".repeat(256)],
      ["idempotency-key", "a b"],
      ["idempotency-key", "a, b"],
      ["idempotency-key", '"a'],
      ["idempotency-key", 'a"'],
      ["idempotency-key", '"a"b"'],
      ["idempotency-key", '"a";b=1'],
      ["idempotency-key", '"a\\b"'],
      ["idempotency-key", "a\\b"],
      ["idempotency-key", "caf\u00e9"],
      ["if-match", '*, "1-1"'],
      ["if-match", "5"],
      ["if-match", 'W/"5-1"'],
      ["if-match", '"0-1"'],
      ["if-match", '"1-1", "2-1"'],
      ["if-match", '"99999999999999999999-1"'],
      ["if-none-match", '"1-1"'],
      ["prefer", "wait=soon"],
    ])("G11: a malformed %s of %j is a 400, and changes nothing", async (name, value) => {
      const head = await client().head();
      const answer = await client().post("/v1/accounts", { userId: "ada" }, { [name]: value });
      expect([answer.status, answer.body.code]).toEqual([400, "request-malformed"]);
      expect(await client().head()).toBe(head);
    });

    test("G11: a malformed Prefer of a query is a 400", async () => {
      expect((await client().get("/v1/views/accounts", { prefer: "wait=soon" })).status).toBe(400);
    });

    test("OPTIONS tells what a path takes, other methods get a 405 that does too", async () => {
      const { path } = await client().openAccount();
      const cases = [
        ["/v1/accounts", "POST, OPTIONS"],
        [path, "GET, HEAD, OPTIONS"],
        [`${path}/events`, "GET, HEAD, POST, OPTIONS"],
        [`${path}/commands/close-account`, "POST, OPTIONS"],
        ["/v1/views/accounts", "GET, HEAD, OPTIONS"],
        ["/health/live", "GET, HEAD, OPTIONS"],
      ] as const;
      for (const [target, allow] of cases) {
        const options = await client().send("OPTIONS", target);
        expect([target, options.status, options.headers.get("allow")]).toEqual([target, 204, allow]);
        const wrong = await client().send("DELETE", target);
        expect([target, wrong.status, wrong.headers.get("allow"), wrong.body.code]).toEqual([
          target,
          405,
          allow,
          "method-not-allowed",
        ]);
      }
    });

    test("HEAD answers like GET, without a body", async () => {
      // Not of the connection, the second or the body that is left out.
      const passing = ["connection", "keep-alive", "date", "content-length"];
      const told = (headers: Headers) => [...headers].filter(([name]) => !passing.includes(name));
      const { path } = await client().openAccount();
      for (const target of [path, `${path}/events`, "/v1/views/accounts", "/openapi.json"]) {
        const get = await client().get(target);
        const head = await client().send("HEAD", target);
        expect([head.status, head.text]).toEqual([200, ""]);
        expect(told(head.headers)).toEqual(told(get.headers));
      }
    });
  });

  describe("pages of other origins", () => {
    const asking = { origin: "https://shop.example", "access-control-request-method": "POST" };

    describe("when none is allowed", () => {
      const { client } = opened(open, calmShop());
      test("nothing tells a browser to let them", async () => {
        const answer = await client().send("OPTIONS", "/v1/accounts", undefined, asking);
        expect(answer.headers.get("access-control-allow-origin")).toBeNull();
      });
    });

    describe("when some are allowed", () => {
      const { client } = opened(open, calmShop(), { cors: { origins: ["https://shop.example"] } });
      test("a browser lets those in, and shows them our headers", async () => {
        const preflight = await client().send("OPTIONS", "/v1/accounts", undefined, asking);
        expect(preflight.status).toBe(204);
        expect(preflight.headers.get("access-control-allow-origin")).toBe("https://shop.example");
        expect(preflight.headers.get("access-control-allow-methods")).toContain("POST");
        expect(preflight.headers.get("access-control-allow-headers")).toContain("Idempotency-Key");
        const answer = await client().get("/v1/views/accounts", { origin: "https://shop.example" });
        expect(answer.headers.get("access-control-expose-headers")).toContain("Millrace-Token");
        expect(answer.headers.get("vary")).toMatch(/origin/);
      });
      test("and no others", async () => {
        const answer = await client().get("/v1/views/accounts", { origin: "https://elsewhere.example" });
        expect(answer.headers.get("access-control-allow-origin")).toBeNull();
      });
    });
  });
}
