import { describe, expect, test } from "vitest";
import type { OpenHttp } from "./client.ts";
import { opened } from "./opened.ts";
import { shop } from "./shop.ts";

export function operationsSuite(open: OpenHttp): void {
  describe("operations", () => {
    const { client } = opened(open, shop(), {
      development: true,
      isLoopback: () => true,
    });

    test("processors are listed, paused, resumed and rebuilt", async () => {
      const names = (await client().get("/admin/processors")).body.processors.map(
        ({ name }: { name: string }) => name,
      );
      expect(names).toEqual(["accounts", "doors", "guard-doors"]);
      const statusOf = async () => (await client().get("/admin/processors")).body.processors[0].status;
      expect((await client().post("/admin/processors/accounts/pause")).status).toBe(204);
      await expect.poll(statusOf).toBe("paused");
      expect((await client().post("/admin/processors/accounts/resume")).status).toBe(204);
      await expect.poll(statusOf).not.toBe("paused");
      expect((await client().post("/admin/processors/accounts/rebuild")).status).toBe(204);
      const unknown = await client().post("/admin/processors/nobody/pause");
      expect([unknown.status, unknown.body.code]).toEqual([404, "processor-not-found"]);
      expect(unknown.body.detail).toContain("guard-doors");
      expect((await client().get("/admin/processors/accounts/pause")).status).toBe(405);
    });

    test("parked sequences are listed, shown, retried and discarded with a reason", async () => {
      await client().post("/v1/doors/back/commands/open-door");
      const parked = async () => (await client().get("/admin/parked?processor=guard-doors")).body.parked;
      await expect.poll(async () => (await parked()).length).toBe(1);
      const [{ sequence, first }] = await parked();
      const at = `/admin/parked/guard-doors/${encodeURIComponent(sequence)}`;
      expect((await client().get(at)).body.events).toMatchObject([
        { position: first.position, event: { type: "DoorOpened" }, failure: { message: expect.any(String) } },
      ]);
      expect((await client().post(`${at}/retry`)).status).toBe(204);
      for (const body of [
        undefined,
        {},
        { position: "1", reason: "x" },
        { position: 1, reason: " " },
        [],
        "null",
      ]) {
        expect((await client().post(`${at}/discard`, body)).status).toBe(422);
      }
      const wrong = await client().post(`${at}/discard`, { position: first.position + 7, reason: "x" });
      expect([wrong.status, wrong.body.code]).toEqual([404, "parked-not-found"]);
      await expect
        .poll(
          async () =>
            (await client().post(`${at}/discard`, { position: first.position, reason: "known" })).status,
        )
        .toBe(204);
      expect((await client().get(at)).status).toBe(404);
      expect((await client().get("/admin/parked?x=1")).status).toBe(400);
      expect((await client().get("/admin/parked?processor=nobody")).status).toBe(404);
    }, 30_000);

    test("health tells that the process lives, and when it is ready", async () => {
      expect((await client().get("/health/live")).body).toEqual({ live: true });
      await expect.poll(async () => (await client().get("/health/ready")).status).toBe(200);
      expect((await client().get("/health/ready")).body).toMatchObject({
        ready: true,
        checks: expect.any(Array),
      });
    });
  });

  test("G12: a web page that the developer visits is not the developer", async () => {
    const it = await open(shop(), { development: true, isLoopback: () => true });
    const pause = (headers: Record<string, string>) =>
      it.fetch(new Request("http://shop.test/admin/processors/accounts/pause", { method: "POST", headers }));
    expect((await pause({ "sec-fetch-site": "cross-site" })).status).toBe(401);
    expect((await pause({ origin: "https://elsewhere.example", host: "shop.test" })).status).toBe(401);
    expect((await pause({ "sec-fetch-site": "same-origin" })).status).toBe(204);
    await it.close();
  });
}
