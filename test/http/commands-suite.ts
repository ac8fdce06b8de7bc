import { describe, expect, test } from "vitest";
import type { OpenHttp } from "./client.ts";
import { opened } from "./opened.ts";
import { calmShop, shop } from "./shop.ts";

export function commandsSuite(open: OpenHttp): void {
  describe("commands over HTTP", () => {
    const { client, runtime } = opened(open, shop());

    test("the creating command answers 201 with where the aggregate is and what happened", async () => {
      const answer = await client().post("/v1/accounts", { userId: "ada" });
      const { id } = answer.body;
      expect(answer.status).toBe(201);
      expect(answer.headers.get("content-type")).toBe("application/hal+json");
      expect(answer.headers.get("location")).toBe(`/v1/accounts/${id}`);
      expect(answer.headers.get("etag")).toBe('"1-3"');
      expect(answer.headers.get("millrace-token")).toMatch(/^[\w-]+$/);
      expect(answer.body).toEqual({
        id: expect.any(String),
        version: 1,
        position: expect.any(Number),
        events: [
          { type: "AccountOpened", version: 1, id: expect.any(String), data: { userId: "ada", vip: false } },
        ],
        _links: {
          self: { href: `/v1/accounts/${id}` },
          events: { href: `/v1/accounts/${id}/events` },
          commands: { href: `/v1/accounts/${id}/commands` },
        },
      });
    });

    test("a command answers 200 with the new version", async () => {
      const { path, id } = await client().openAccount();
      const answer = await client().post(`${path}/commands/suspend-account`, { reason: "fraud" });
      expect(answer.status).toBe(200);
      expect(answer.headers.get("location")).toBeNull();
      expect(answer.headers.get("etag")).toBe('"2-3"');
      expect(answer.body).toMatchObject({ id, version: 2, events: [{ type: "AccountSuspended" }] });
      expect(answer.body).not.toHaveProperty("state");
    });

    test("a command that leads to no event answers 200 without events", async () => {
      const { path } = await client().openAccount();
      await client().post(`${path}/commands/close-account`);
      const again = await client().post(`${path}/commands/close-account`);
      expect(again.status).toBe(200);
      expect(again.body).toMatchObject({ version: 2, events: [] });
    });

    test("a refusal is a 409 with the refusal's own code, and changes nothing", async () => {
      const { path } = await client().openAccount();
      const head = await client().head();
      const answer = await client().post(`${path}/commands/activate-account`);
      expect(answer.status).toBe(409);
      expect(answer.headers.get("content-type")).toBe("application/problem+json");
      expect(answer.body).toEqual({
        type: "urn:millrace:refusal:account-not-suspended",
        title: expect.any(String),
        status: 409,
        code: "account-not-suspended",
        detail: "The account is ACTIVE.",
      });
      expect(await client().head()).toBe(head);
    });

    test("G11: data that does not fit its schema is a 422 that points at what is wrong", async () => {
      const { path } = await client().openAccount();
      const answer = await client().post(`${path}/commands/suspend-account`, { reason: "x" });
      expect(answer.status).toBe(422);
      expect(answer.body).toMatchObject({
        code: "data-invalid",
        errors: [{ pointer: "#/reason", detail: expect.any(String) }],
      });
    });

    test("Prefer: return=representation adds the new state, and says so", async () => {
      const { path } = await client().openAccount();
      const headers = { prefer: "respond-async, return=representation" };
      const answer = await client().post(`${path}/commands/suspend-account`, { reason: "fraud" }, headers);
      expect(answer.headers.get("preference-applied")).toBe("return=representation");
      expect(answer.body.state).toEqual({ status: "SUSPENDED", userId: "ada", vip: false, reason: "fraud" });
    });

    test("a command for what does not exist is a 404; one that the aggregate lacks, too, and names those it has", async () => {
      const missing = await client().post("/v1/accounts/nobody/commands/close-account");
      expect([missing.status, missing.body.code]).toEqual([404, "aggregate-not-found"]);
      const unknown = await client().post("/v1/accounts/nobody/commands/fly");
      expect([unknown.status, unknown.body.code]).toEqual([404, "command-unknown"]);
      expect(unknown.body.detail).toContain("suspend-account");
    });

    test("the creating command for a chosen id creates once: then it is a 409", async () => {
      const send = () => client().post("/v1/accounts/chosen/commands/open-account", { userId: "ada" });
      expect((await send()).status).toBe(200);
      const again = await send();
      expect([again.status, again.body.code]).toEqual([409, "aggregate-exists"]);
    });

    test("an event-shaped request leads to the command that it is mapped to", async () => {
      const { path } = await client().openAccount();
      const answer = await client().post(`${path}/events`, { type: "suspended", reason: "by an event" });
      expect(answer.status).toBe(200);
      expect(answer.body.events).toMatchObject([
        { type: "AccountSuspended", data: { reason: "by an event" } },
      ]);
    });

    test("where no events are accepted, sending one is a 405 with what is allowed", async () => {
      await client().post("/v1/doors/front/commands/open-door");
      const answer = await client().post("/v1/doors/front/events", {});
      expect([answer.status, answer.headers.get("allow")]).toEqual([405, "GET, HEAD, OPTIONS"]);
    });

    test("a throw of the domain is a 500 that tells nothing of it, and changes nothing", async () => {
      const { path } = await client().openAccount();
      const head = await client().head();
      const answer = await client().post(`${path}/commands/break-account`);
      expect([answer.status, answer.body.code]).toEqual([500, "domain-threw"]);
      expect(answer.body.instance).toMatch(/^urn:uuid:/);
      expect(answer.text).not.toMatch(/secret|\.ts|stack/);
      expect(await client().head()).toBe(head);
    });

    test("a valid traceparent travels into the events, an invalid one is passed over", async () => {
      const traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
      const traced = await client().post("/v1/accounts", { userId: "ada" }, { traceparent });
      const untraced = await client().post("/v1/accounts", { userId: "ada" }, { traceparent: "x" });
      const metadataOf = async (id: string) =>
        (await runtime().commands.history("account", id, { from: 1, limit: 1 }))[0]?.metadata;
      expect(await metadataOf(traced.body.id)).toMatchObject({ traceparent });
      expect(await metadataOf(untraced.body.id)).not.toHaveProperty("traceparent");
    });
  });

  test("in development a failure tells its message and stack", async () => {
    const it = await open(calmShop(), { development: true });
    const request = (path: string, body: string) =>
      new Request(`http://shop.test${path}`, {
        method: "POST",
        body,
        headers: { "content-type": "application/json" },
      });
    const created = await it.fetch(request("/v1/accounts", '{"userId":"ada"}'));
    const broken = await it.fetch(request(`${created.headers.get("location")}/commands/break-account`, "{}"));
    expect(await broken.json()).toMatchObject({
      detail: expect.stringContaining("a secret of the domain"),
      stack: expect.stringContaining(".ts"),
    });
    await it.close();
  });
}
