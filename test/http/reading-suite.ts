import { describe, expect, test } from "vitest";
import type { OpenHttp } from "./client.ts";
import { opened } from "./opened.ts";
import { shop } from "./shop.ts";

export function readingSuite(open: OpenHttp): void {
  describe("reading an aggregate", () => {
    const { client } = opened(open, shop());

    test("its state is the fold of all its events, with an ETag that saves the next answer", async () => {
      const { path, id } = await client().openAccount();
      await client().post(`${path}/commands/suspend-account`, { reason: "fraud" });
      const answer = await client().get(path);
      expect(answer.status).toBe(200);
      expect(answer.body).toEqual({
        id,
        version: 2,
        state: { status: "SUSPENDED", userId: "ada", vip: false, reason: "fraud" },
        _links: {
          self: { href: path },
          events: { href: `${path}/events` },
          commands: { href: `${path}/commands` },
        },
      });
      for (const tag of ['"2-3"', 'W/"2-3"', '"1-3", "2-3"', "*"]) {
        const unchanged = await client().get(path, { "if-none-match": tag });
        expect([unchanged.status, unchanged.text, unchanged.headers.get("etag")]).toEqual([304, "", '"2-3"']);
      }
      expect((await client().get(path, { "if-none-match": '"1-3"' })).status).toBe(200);
    });

    test("?version= and ?at= travel in time", async () => {
      const { path } = await client().openAccount();
      const opened = (await client().get(`${path}/events/1`)).body.recordedAt as string;
      await client().post(`${path}/commands/suspend-account`, { reason: "fraud" });
      expect((await client().get(`${path}?version=1`)).body).toMatchObject({
        version: 1,
        state: { status: "ACTIVE" },
      });
      const later = Date.parse(opened) + 3_600_000;
      for (const at of [String(later), new Date(later).toISOString()]) {
        expect((await client().get(`${path}?at=${at}`)).body).toMatchObject({ version: 2 });
      }
      expect((await client().get(`${path}?at=${Date.parse(opened) - 1}`)).status).toBe(404);
      const beyond = await client().get(`${path}?version=3`);
      expect([beyond.status, beyond.body.code]).toEqual([404, "version-not-found"]);
    });

    test.each([
      "version=0",
      "version=x",
      "version=1&at=0",
      "at=yesterday",
      "at=2026-13-99",
      "versoin=1",
      "version=1&version=1",
    ])("G11: ?%s is a 400", async (query) => {
      const { path } = await client().openAccount();
      expect((await client().get(`${path}?${query}`)).body).toMatchObject({
        status: 400,
        code: "request-malformed",
      });
    });

    test("its history comes in pages, each linked to the next", async () => {
      const { path } = await client().openAccount();
      await client().post(`${path}/commands/suspend-account`, { reason: "fraud" });
      await client().post(`${path}/commands/activate-account`);
      const types: string[] = [];
      let href: string | undefined = `${path}/events?limit=2`;
      let pages = 0;
      while (href !== undefined) {
        const { body } = await client().get(href);
        types.push(...body._embedded.events.map((event: { type: string }) => event.type));
        href = body._links.next?.href;
        pages += 1;
      }
      expect([pages, types]).toEqual([2, ["AccountOpened", "AccountSuspended", "AccountActivated"]]);
    });

    test("each event of the history has a link to itself", async () => {
      const { path } = await client().openAccount();
      await client().post(`${path}/commands/suspend-account`, { reason: "fraud" });
      const { events } = (await client().get(`${path}/events`)).body._embedded;
      expect(events).toHaveLength(2);
      for (const { _links, ...event } of events) {
        expect((await client().get(_links.self.href)).body).toMatchObject({ ...event, _links });
      }
    });

    test("one event by its version; a 404 beyond the last", async () => {
      const { path } = await client().openAccount();
      const answer = await client().get(`${path}/events/1`);
      expect(answer.body).toMatchObject({ type: "AccountOpened", version: 1, metadata: { depth: 0 } });
      const tag = answer.headers.get("etag") ?? "";
      expect((await client().get(`${path}/events/1`, { "if-none-match": tag })).status).toBe(304);
      expect((await client().get(`${path}/events/2`)).body.code).toBe("version-not-found");
      expect((await client().get(`${path}/events/0`)).status).toBe(400);
    });

    test("it is offered the commands that it would take now, with schema and link", async () => {
      const { path } = await client().openAccount();
      const { body } = await client().get(`${path}/commands`);
      expect(body.commands.map((command: { type: string }) => command.type)).toEqual([
        "SuspendAccount",
        "CloseAccount",
        "BreakAccount",
      ]);
      expect(body.commands[0]).toEqual({
        type: "SuspendAccount",
        title: "Suspend account",
        description: "Nothing can be booked until it is activated again.",
        method: "POST",
        href: `${path}/commands/suspend-account`,
        schema: expect.objectContaining({ type: "object", required: ["reason"] }),
      });
      const none = await client().get("/v1/accounts/nobody/commands");
      expect(none.body.commands).toMatchObject([{ type: "OpenAccount" }]);
    });

    test("what does not exist is a 404", async () => {
      for (const path of [
        "/v1/accounts/nobody",
        "/v1/accounts/nobody/events",
        "/v1/accounts/nobody/events/1",
      ]) {
        expect((await client().get(path)).body).toMatchObject({ status: 404, code: "aggregate-not-found" });
      }
      for (const path of [
        "/",
        "/v1",
        "/v1/nothing",
        "/v1/accounts/",
        "/v1/doors",
        "/V1/accounts",
        "//v1/accounts",
      ]) {
        expect((await client().get(path)).status, path).toBe(path === "/v1/accounts" ? 405 : 404);
      }
    });
  });

  test("the roles of a process decide on its routes", async () => {
    const statuses = async (roles: readonly ("command" | "query")[]) => {
      const it = await open(shop(), {}, roles);
      const ask = async (path: string) => (await it.fetch(new Request(`http://shop.test${path}`))).status;
      const found = [await ask("/v1/accounts"), await ask("/v1/views/nothing"), await ask("/health/live")];
      const document = (await (await it.fetch(new Request("http://shop.test/openapi.json"))).json()) as {
        paths: object;
      };
      await it.close();
      return [...found, "/v1/accounts" in document.paths, "/v1/views/accounts" in document.paths];
    };
    expect(await statuses(["command"])).toEqual([405, 404, 200, true, false]);
    expect(await statuses(["query"])).toEqual([404, 404, 200, false, true]);
  });
}
