import { describe, expect, test } from "vitest";
import { Listener } from "./changes-suite.ts";
import type { OpenHttp } from "./client.ts";
import { opened } from "./opened.ts";
import { calmShop, shop } from "./shop.ts";

const at = "/v1/feeds/shop";

function nextOf(headers: Headers): string {
  const [, link = ""] = /^<([^>]+)>; rel="next"$/.exec(headers.get("link") ?? "") ?? [];
  return link;
}

export function feedSuite(open: OpenHttp): void {
  describe("the feed of a service", () => {
    const { client } = opened(open, shop(), { heartbeatMs: 5 });

    test("is a batch of CloudEvents, with a link to what comes next", async () => {
      const { id } = await client().openAccount("ada");
      const answer = await client().get(at);
      expect(answer.status).toBe(200);
      expect(answer.headers.get("content-type")).toBe("application/cloudevents-batch+json");
      expect(answer.headers.get("millrace-more")).toBe("false");
      expect(answer.body).toEqual([
        {
          specversion: "1.0",
          id: expect.stringMatching(/\/AccountOpened\/0$/),
          source: "shop",
          type: "AccountOpened",
          subject: id,
          time: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
          datacontenttype: "application/json",
          dataversion: 1,
          correlationid: expect.any(String),
          causationid: expect.any(String),
          causationdepth: 0,
          data: { userId: "ada" },
        },
      ]);
      const empty = await client().get(nextOf(answer.headers));
      expect([empty.status, empty.body]).toEqual([200, []]);
    });

    test("comes in pages that never end within a domain event", async () => {
      const { path } = await client().openAccount("bob");
      await client().post(`${path}/commands/close-account`);
      const types: string[][] = [];
      let next = `${at}?limit=1`;
      for (let more = true; more; ) {
        const page = await client().get(next);
        types.push(page.body.map(({ type }: { type: string }) => type));
        more = page.headers.get("millrace-more") === "true";
        next = nextOf(page.headers);
      }
      expect(types.flat().filter((type) => type === "AccountClosed")).toHaveLength(2);
      expect(types.at(-1)?.length === 0 ? types.at(-2) : types.at(-1)).toEqual([
        "AccountClosed",
        "AccountClosed",
      ]);
      const closed = await client().get(`${at}?types=AccountClosed,NotPublished`);
      expect(closed.body.map(({ data }: { data: unknown }) => data)).toEqual([{ part: 1 }, { part: 2 }]);
    });

    test("tells news to who waits for them", async () => {
      const { headers } = await client().get(`${at}?limit=1000`);
      const waiting = client().get(nextOf(headers), { prefer: "wait=20" });
      await client().openAccount("eve");
      expect((await waiting).body).toMatchObject([{ data: { userId: "eve" } }]);
    });

    test("is told as it happens, and a resume goes on behind what was seen", async () => {
      const { headers } = await client().get(`${at}?limit=1000`);
      const after = new URLSearchParams(nextOf(headers).split("?")[1]).get("after") ?? "";
      const listener = await Listener.to(client(), at, { "last-event-id": after });
      const { path } = await client().openAccount("kim");
      const opened = await listener.next();
      expect(opened).toMatchObject({
        event: "message",
        data: { type: "AccountOpened", data: { userId: "kim" } },
      });
      await client().post(`${path}/commands/close-account`);
      const parts = [await listener.next(), await listener.next()];
      expect(parts.map((part) => [part?.data.data, part?.id === undefined])).toEqual([
        [{ part: 1 }, true],
        [{ part: 2 }, false],
      ]);
      listener.leave();
      const resumed = await Listener.to(client(), at, { "last-event-id": opened?.id ?? "" });
      expect(await resumed.next()).toMatchObject({ data: { type: "AccountClosed", data: { part: 1 } } });
      resumed.leave();
    });

    test.each([
      ["?limit=0", 400, "request-malformed"],
      ["?limit=1001", 400, "request-malformed"],
      ["?since=1", 400, "request-malformed"],
      ["?after=nothing", 400, "token-invalid"],
    ])("G11: %s is refused", async (query, status, code) => {
      const answer = await client().get(`${at}${query}`);
      expect([answer.status, answer.body.code]).toEqual([status, code]);
    });

    test("of another service is not here", async () => {
      const answer = await client().get("/v1/feeds/orders");
      expect([answer.status, answer.body.code]).toEqual([404, "feed-not-found"]);
      expect(answer.body.detail).toContain("shop");
    });
  });

  describe("a service that publishes nothing", () => {
    const { client } = opened(open, calmShop());

    test("has no feed", async () => {
      const answer = await client().get("/v1/feeds/calm-shop");
      expect([answer.status, answer.body.code]).toEqual([404, "feed-not-found"]);
    });
  });
}
