import { describe, expect, test } from "vitest";
import { Listener } from "./changes-suite.ts";
import type { OpenHttp } from "./client.ts";
import { describedRoutes } from "./described-routes.ts";
import { opened } from "./opened.ts";
import { type ShopAccess, shop } from "./shop.ts";
import { as, auth } from "./tokens.ts";

const access: ShopAccess = {
  aggregates: {
    account: {
      read: { role: "clerk" },
      commands: {
        OpenAccount: "authenticated",
        SuspendAccount: { role: "clerk" },
        ActivateAccount: { role: "clerk" },
        CloseAccount: (actor) => actor.id === "ada",
      },
    },
  },
  feed: { role: "service" },
  views: { accounts: { read: "anyone", rows: (actor) => ({ userId: actor.id }) } },
};

export function accessSuite(open: OpenHttp): void {
  describe("access", () => {
    const { client, runtime } = opened(open, shop(access), { auth, heartbeatMs: 5 });
    const asAda = async () => client(await as("ada"));
    const asClerk = async () => client(await as("clara", "clerk"));
    const asOperator = async () => client(await as("olga", "operator"));

    const account = "/v1/accounts/some";
    const deniedRoutes = [
      ["POST", "/v1/accounts"],
      ["POST", `${account}/commands/suspend-account`],
      ["POST", `${account}/commands/close-account`],
      ["POST", `${account}/commands/break-account`],
      ["POST", `${account}/events`],
      ["POST", "/v1/doors/front/commands/open-door"],
      ["GET", account],
      ["HEAD", account],
      ["GET", `${account}?version=1`],
      ["GET", `${account}/events`],
      ["GET", `${account}/events/1`],
      ["GET", `${account}/commands`],
      ["GET", "/v1/doors/front"],
      ["GET", "/v1/feeds/shop"],
      ["GET", "/v1/views/doors"],
      ["GET", "/v1/views/doors/front"],
      ["GET", "/admin/processors"],
      ["POST", "/admin/processors/accounts/pause"],
      ["POST", "/admin/processors/accounts/resume"],
      ["POST", "/admin/processors/accounts/rebuild"],
      ["GET", "/admin/parked"],
      ["GET", "/admin/parked/accounts/account-1"],
      ["POST", "/admin/parked/accounts/account-1/retry"],
      ["POST", "/admin/parked/accounts/account-1/discard"],
    ] as const;

    test.each(deniedRoutes)(
      "G12: %s %s asks who is there: 401 with WWW-Authenticate",
      async (method, path) => {
        const answer = await client().send(method, path);
        expect([answer.status, answer.headers.get("www-authenticate")]).toEqual([401, "Bearer"]);
      },
    );

    test.each(deniedRoutes.slice(1))("G12: %s %s is a 403 for whom no rule lets in", async (method, path) => {
      const answer = await client(await as("nobody", "visitor")).send(method, path);
      expect(answer.status).toBe(403);
      if (method !== "HEAD") expect(answer.body.code).toBe("forbidden");
    });

    test("G12: the feed takes an actor whom its rule lets in", async () => {
      const reader = client(await as("orders", "service"));
      expect((await reader.get("/v1/feeds/shop")).status).toBe(200);
      const stream = await client(await as("ada")).get("/v1/feeds/shop", { accept: "text/event-stream" });
      expect(stream.status).toBe(403);
    });

    test.each(["/v1/views/doors", "/v1/views/doors/front", "/v1/views/accounts"])(
      "G12: live changes of %s take an actor whom a rule lets in",
      async (path) => {
        const answer = await client().get(path, { accept: "text/event-stream" });
        expect([answer.status, answer.headers.get("www-authenticate")]).toEqual([401, "Bearer"]);
      },
    );

    test("G12: a token that does not hold is a 401 also where anyone may come in", async () => {
      for (const authorization of ["Bearer x.y.z", "Bearer", "Basic YTpi", "Bearer a b"]) {
        const answer = await client().get("/v1/views/accounts", { authorization });
        expect(answer.status).toBe(401);
        expect(answer.headers.get("www-authenticate")).toBe('Bearer error="invalid_token"');
      }
    });

    test("G12: who may, gets in, and lands in the metadata of events", async () => {
      const { path, id } = await (await asAda()).openAccount("ada");
      const [event] = await runtime().commands.history("account", id, { from: 1, limit: 1 });
      expect(event?.metadata.actor).toBe("ada");
      expect((await (await asClerk()).get(path)).status).toBe(200);
      expect(
        (await (await asClerk()).post(`${path}/commands/suspend-account`, { reason: "fraud" })).status,
      ).toBe(200);
      expect((await (await asClerk()).post(`${path}/events`, { type: "activated" })).status).toBe(403);
      expect((await (await asAda()).post(`${path}/commands/close-account`)).status).toBe(200);
      expect((await (await asOperator()).get("/admin/processors")).status).toBe(200);
    });

    test("G12: who may command but not read is not shown the state", async () => {
      const { path } = await (await asAda()).openAccount("ada");
      const headers = { prefer: "return=representation" };
      const answer = await (await asAda()).post(`${path}/commands/close-account`, {}, headers);
      expect(answer.status).toBe(200);
      expect(answer.body).not.toHaveProperty("state");
      expect(answer.headers.get("preference-applied")).toBeNull();
    });

    test("G12: only commands that the actor may send are offered to it", async () => {
      const { path } = await (await asAda()).openAccount("ada");
      const { body } = await (await asClerk()).get(`${path}/commands`);
      expect(body.commands.map(({ type }: { type: string }) => type)).toEqual(["SuspendAccount"]);
    });

    test("G4: the same Idempotency-Key of two actors names two commands", async () => {
      const create = async (name: string) =>
        client(await as(name)).post("/v1/accounts", { userId: name }, { "idempotency-key": "same" });
      const [ada, bob] = [await create("ada"), await create("bob")];
      expect([ada.status, bob.status]).toEqual([201, 201]);
      expect(ada.body.id).not.toBe(bob.body.id);
    });

    test("G12: an actor sees its own rows alone, in lists and one by one; nobody sees none", async () => {
      const ada = await asAda();
      const { id, token } = await ada.openAccount("zoe");
      const zoe = client(await as("zoe"));
      const fresh = { "millrace-token": token };
      expect((await zoe.get("/v1/views/accounts", fresh)).body._embedded.accounts).toMatchObject([
        { userId: "zoe" },
      ]);
      expect((await zoe.get(`/v1/views/accounts/${id}`, fresh)).status).toBe(200);
      expect((await ada.get("/v1/views/accounts?userId=zoe", fresh)).body._embedded.accounts).toEqual([]);
      expect((await ada.get(`/v1/views/accounts/${id}`, fresh)).status).toBe(404);
      expect((await client().get("/v1/views/accounts?limit=1", fresh)).body).toEqual({
        _embedded: { accounts: [] },
        _links: { self: { href: "/v1/views/accounts?limit=1" } },
      });
      expect((await client().get(`/v1/views/accounts/${id}`, fresh)).status).toBe(404);
    });

    test("G12: a stream tells nothing of rows that the actor may not see, not even that they are gone", async () => {
      const ada = await asAda();
      const mine = await ada.openAccount("ira");
      const other = await ada.openAccount("jan");
      const ira = client(await as("ira"));
      await ira.get("/v1/views/accounts", { "millrace-token": other.token });
      const listener = await Listener.to(ira, "/v1/views/accounts");
      expect(await listener.next()).toMatchObject({ event: "keys", data: { keys: [mine.id] } });
      await ada.post(`${other.path}/commands/close-account`);
      await ada.post(`${mine.path}/commands/close-account`);
      expect(await listener.next()).toMatchObject({ event: "removed", data: { key: mine.id } });
      listener.leave();
    });
  });

  describe("a service with tokens and without rules", () => {
    const { client } = opened(open, shop(), { auth });
    test("G12: lets in whoever has a token, and nobody else", async () => {
      expect((await client().post("/v1/accounts", { userId: "ada" })).status).toBe(401);
      expect((await client().get("/v1/views/accounts")).status).toBe(401);
      expect((await client(await as("ada")).post("/v1/accounts", { userId: "ada" })).status).toBe(201);
    });
  });

  describe("rules that let nobody in", () => {
    const { client } = opened(open, shop({}), { auth });
    const toldToAll = ["/health/live", "/health/ready"];

    test("G12: no route that the service describes lets anybody in, but those that tell its health", async () => {
      const visitor = client(await as("nobody", "visitor"));
      const routes = await describedRoutes(client());
      expect(routes.length).toBeGreaterThan(30);
      for (const { method, path } of routes.filter((route) => !toldToAll.includes(route.path))) {
        const target = path.replaceAll(/\{\w+\}/g, "1");
        for (const accept of ["*/*", "text/event-stream"]) {
          const asked = [method, target, accept];
          expect([...asked, (await client().send(method, target, undefined, { accept })).status]).toEqual([
            ...asked,
            401,
          ]);
          expect([...asked, (await visitor.send(method, target, undefined, { accept })).status]).toEqual([
            ...asked,
            403,
          ]);
        }
      }
    });
  });

  describe.each([
    [
      "throw",
      () => {
        throw new Error("a secret of the rule");
      },
    ],
    // Nothing but the compiler keeps a rule from being asynchronous, and a promise is no yes.
    ["promise", async () => true],
    ["say what is neither yes nor no", () => "yes"],
  ] as readonly (readonly [string, unknown])[])("rules that %s", (_name, said) => {
    const rule = said as () => boolean;
    const rules: ShopAccess = {
      aggregates: { account: { read: rule, commands: rule } },
      views: { accounts: { read: rule } },
    };
    const { client } = opened(open, shop(rules), { auth });

    test("G12: let nobody in, are told as bugs, and change nothing", async () => {
      const ada = client(await as("ada"));
      const head = await ada.head();
      for (const answer of [
        await ada.post("/v1/accounts", { userId: "ada" }),
        await ada.get("/v1/accounts/some"),
        await ada.get("/v1/accounts/some/commands"),
        await ada.get("/v1/views/accounts"),
      ]) {
        expect([answer.status, answer.body.code]).toEqual([500, "domain-threw"]);
        expect(answer.text).not.toContain("secret");
      }
      expect(await ada.head()).toBe(head);
    });
  });

  describe.each([
    ["promises", async () => ({ userId: "ada" })],
    ["lists", () => [{ userId: "ada" }]],
    ["asks for a value that is none", () => ({ userId: { eq: "ada" } })],
  ])("a rule on rows that %s", (_what, rows) => {
    const views = { accounts: { read: "anyone" as const, rows: rows as never } };
    const { client } = opened(open, shop({ views }), { auth });
    test("G12: shows no row, and is told as a bug", async () => {
      const answer = await client(await as("ada")).get("/v1/views/accounts");
      expect([answer.status, answer.body.code]).toEqual([500, "domain-threw"]);
    });
  });

  describe("a rule on rows that throws", () => {
    const views = {
      accounts: {
        read: "anyone" as const,
        rows: () => {
          throw new Error("a secret of the rule");
        },
      },
    };
    const { client } = opened(open, shop({ views }), { auth });
    test("G12: lets nobody in, and is told as a bug", async () => {
      const answer = await client(await as("ada")).get("/v1/views/accounts");
      expect([answer.status, answer.body.code]).toEqual([500, "domain-threw"]);
      expect(answer.text).not.toContain("secret");
    });
  });
}
