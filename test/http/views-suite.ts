import { beforeAll, describe, expect, test } from "vitest";
import { encodeToken } from "../../src/message/token.ts";
import type { OpenHttp } from "./client.ts";
import { opened } from "./opened.ts";
import { calmShop, shop } from "./shop.ts";

export function viewsSuite(open: OpenHttp): void {
  describe("queries", () => {
    const { client } = opened(open, calmShop());
    let token = "";

    beforeAll(async () => {
      const { path } = await client().openAccount("ada", { vip: true });
      await client().openAccount("bob");
      await client().openAccount("cem");
      const answer = await client().post(`${path}/commands/suspend-account`, { reason: "fraud" });
      token = answer.headers.get("millrace-token") ?? "";
    });

    const users = async (query: string): Promise<string[]> => {
      const { body, text } = await client().get(`/v1/views/accounts?${query}`, { "millrace-token": token });
      if (body._embedded === undefined) throw new Error(text);
      return body._embedded.accounts.map((row: { userId: string }) => row.userId);
    };

    test.each([
      ["userId=ada", ["ada"]],
      ["userId.eq=ada", ["ada"]],
      ["userId.in=ada,cem&sort=userId", ["ada", "cem"]],
      ["userId.in=ada&userId.in=cem&sort=userId", ["ada", "cem"]],
      ["userId.in=ada,bob&userId.in=cem&sort=userId", ["ada", "bob", "cem"]],
      ["userId.prefix=b", ["bob"]],
      ["userId.gt=ada&sort=-userId", ["cem", "bob"]],
      ["userId.gte=ada&userId.lt=cem&sort=userId", ["ada", "bob"]],
      ["userId.lte=ada", ["ada"]],
      ["vip=true", ["ada"]],
      ["vip=false&status=ACTIVE&sort=userId", ["bob", "cem"]],
      ["changes=1", ["ada"]],
      ["changes.gt=0.5", ["ada"]],
      ["changes.in=7,1", ["ada"]],
      ["userId=%E2%82%AC", []],
      ["changes=null", []],
    ])("?%s finds %j", async (query, expected) => {
      expect(await users(query)).toEqual(expected);
    });

    test("a list comes in pages, each linked to the next", async () => {
      const found: string[] = [];
      let href: string | undefined = "/v1/views/accounts?sort=-userId&limit=2";
      while (href !== undefined) {
        const { body } = await client().get(href, { "millrace-token": token });
        found.push(...body._embedded.accounts.map((row: { userId: string }) => row.userId));
        href = body._links.next?.href;
      }
      expect(found).toEqual(["cem", "bob", "ada"]);
    });

    test.each([
      "name=ada",
      "userId.like=a",
      "changes.prefix=1",
      "changes=many",
      "changes=1e999",
      "changes=0x1",
      "vip=yes",
      "sort=name",
      "sort=",
      "limit=0",
      "limit=1001",
      "limit=1e2",
      "limit=",
      "cursor=x",
      "cursor=%F0%9F%92%A9",
      "userId=a&userId=b",
      `changes.in=${"1,".repeat(100)}1`,
      `changes.in=${"1,".repeat(99)}1&changes.in=1`,
      "__proto__=1",
      "constructor=1",
    ])("G11: ?%s is a 400 that says what there is", async (query) => {
      const { status, body } = await client().get(`/v1/views/accounts?${query}`);
      expect([status, body.code]).toEqual([400, "query-invalid"]);
    });

    test("an unknown filter is answered with the list of those that there are", async () => {
      const { body } = await client().get("/v1/views/accounts?name=ada");
      expect(body.data.expected).toEqual(
        expect.arrayContaining(["userId", "changes.gte", "userId.prefix", "sort"]),
      );
    });

    test("a row has its fields at the top, an ETag, and links", async () => {
      const { id, token: opened } = await client().openAccount("dot");
      const answer = await client().get(`/v1/views/accounts/${id}`, { "millrace-token": opened });
      expect(answer.body).toEqual({
        userId: "dot",
        vip: false,
        status: "ACTIVE",
        changes: 0,
        _links: { self: { href: `/v1/views/accounts/${id}` } },
      });
      const tag = answer.headers.get("etag") ?? "";
      const again = await client().get(`/v1/views/accounts/${id}`, { "if-none-match": tag });
      expect([again.status, again.text]).toEqual([304, ""]);
    });

    test("each row of a list has its fields at the top, and a link to itself that leads there", async () => {
      const { body } = await client().get("/v1/views/accounts?sort=userId&limit=3", {
        "millrace-token": token,
      });
      expect(body._embedded.accounts).toHaveLength(3);
      for (const row of body._embedded.accounts) {
        expect(Object.keys(row).toSorted()).toEqual(["_links", "changes", "status", "userId", "vip"]);
        expect((await client().get(row._links.self.href)).body).toEqual(row);
      }
    });

    test("an unknown view, row or key is a 404; an overlong key a 400; one with U+0000 a 422", async () => {
      const codeOf = async (path: string) => {
        const { status, body } = await client().get(path);
        return [status, body.code];
      };
      expect(await codeOf("/v1/views/nothing")).toEqual([404, "view-not-found"]);
      expect(await codeOf("/v1/views/nothing/key")).toEqual([404, "view-not-found"]);
      expect(await codeOf("/v1/views/accounts/nobody")).toEqual([404, "row-not-found"]);
      expect(await codeOf("/v1/views/accounts/a%2Fb")).toEqual([404, "row-not-found"]);
      expect(await codeOf(`/v1/views/accounts/${"k".repeat(1025)}`)).toEqual([400, "request-malformed"]);
      expect(await codeOf("/v1/views/accounts/%00")).toEqual([422, "text-refused"]);
      expect(await codeOf("/v1/views/accounts/%E0%A4%A")).toEqual([400, "request-malformed"]);
      expect(await codeOf("/v1/views/accounts?userId=%E0%A4%A")).toEqual([400, "request-malformed"]);
    });
  });

  describe("reading one's own writes", () => {
    const { client, runtime } = opened(open, calmShop());

    test("G8: a query with a command's token includes it, at once and every time", async () => {
      for (let count = 0; count < 20; count++) {
        const { id, token } = await client().openAccount();
        const { status, headers } = await client().get(`/v1/views/accounts/${id}`, {
          "millrace-token": token,
        });
        expect(status).toBe(200);
        expect(headers.get("millrace-token")).toMatch(/^[\w-]+$/);
      }
    });

    test("G8: a view that is behind is a 503 with Retry-After, or what it has where the caller is lenient", async () => {
      await client().openAccount();
      await runtime().operations.pause("accounts");
      await expect.poll(async () => (await runtime().operations.processors())[0]?.status).toBe("paused");
      const { id, token } = await client().openAccount("late");
      const behind = { "millrace-token": token, prefer: "wait=0" };
      const late = await client().get(`/v1/views/accounts/${id}`, behind);
      expect([late.status, late.body.code, late.headers.get("retry-after")]).toEqual([
        503,
        "view-lagging",
        "1",
      ]);
      const lenient = { "millrace-token": token, prefer: "wait=0, handling=lenient" };
      const old = await client().get("/v1/views/accounts?userId=late", lenient);
      expect([old.status, old.headers.get("preference-applied")]).toEqual([200, "handling=lenient"]);
      expect(old.body._embedded.accounts).toEqual([]);
      await runtime().operations.resume("accounts");
      const fresh = await client().get("/v1/views/accounts?userId=late", {
        "millrace-token": token,
        prefer: "handling=lenient, wait=20",
      });
      expect([fresh.status, fresh.headers.get("preference-applied")]).toEqual([200, null]);
      expect(fresh.body._embedded.accounts).toHaveLength(1);
    });

    test("G8: a token of another log is refused, one that is none is a 400", async () => {
      const foreign = encodeToken([{ logId: "another", position: 1, eventId: "x" }]);
      const other = await client().get("/v1/views/accounts", { "millrace-token": foreign });
      expect([other.status, other.body.code]).toEqual([409, "log-diverged"]);
      for (const token of ["x", "", "W10", "e30", "\u00ff", "k".repeat(5000)]) {
        const { status } = await client().get("/v1/views/accounts", { "millrace-token": token });
        expect([400, 409], token).toContain(status);
      }
    });
  });

  describe("a view that never ran", () => {
    test("G8: is building: a 503 with Retry-After", async () => {
      const it = await open(shop(), {}, ["command", "query"]);
      const post = new Request("http://shop.test/v1/doors/front/commands/open-door", { method: "POST" });
      expect((await it.fetch(post)).status).toBe(200);
      const response = await it.fetch(new Request("http://shop.test/v1/views/doors"));
      expect([response.status, response.headers.get("retry-after")]).toEqual([503, "5"]);
      expect(await response.json()).toMatchObject({ code: "view-building" });
      await it.close();
    });
  });
}
