import { describe, expect, test } from "vitest";
import type { CloudEvent } from "../../src/message/cloud-event.ts";
import { consumer } from "./bank.ts";
import { amounts, delivered, reaching, statusOf } from "./following.ts";
import { eventually, places, running } from "./running.ts";
import { money, WrittenFeed } from "./written-feed.ts";

describe.each(places)("what a subscription takes on $name", ({ open }) => {
  test("passes over types that the contract does not name, or stands, as declared", async () => {
    const feed = new WrittenFeed();
    feed.add(money("1", 1), { id: "2", type: "WalletPainted" }, money("3", 3));
    const skipping = await running(consumer(), await open(), { services: reaching(feed) });
    await eventually(
      () => amounts(skipping),
      ({ w1 }) => w1?.length === 2,
    );
    expect(feed.requests[0]?.types).toEqual(["MoneyReceived", "WalletOpened"]);
    const strict = await open();
    const stopping = await running(consumer({ unknownTypes: "stop" }), strict, { services: reaching(feed) });
    const { failure } = await eventually(
      () => statusOf(stopping),
      ({ status }) => status === "stopped",
    );
    expect(failure).toMatchObject({
      code: "feed-unreadable",
      message: expect.stringContaining("WalletPainted"),
    });
    expect(await delivered(strict)).toEqual([]);
  });

  test("takes the version that it knows where a newer one is published beside it, and else stands, as declared", async () => {
    const feed = new WrittenFeed();
    feed.add({ ...money("1", 1), dataversion: 2, data: { sum: 1 } }, money("1", 1));
    const store = await open();
    const runtime = await running(consumer(), store, { services: reaching(feed) });
    await eventually(
      () => amounts(runtime),
      ({ w1 }) => w1?.length === 1,
    );
    feed.add({ ...money("2", 2), dataversion: 2 });
    const { failure } = await eventually(
      () => statusOf(runtime),
      ({ status }) => status === "stopped",
    );
    expect(failure).toMatchObject({ code: "feed-unreadable", message: expect.stringContaining("newer") });
    feed.add(money("3", 3));
    const lenient = await running(consumer({ newerVersions: "skip" }), await open(), {
      services: reaching(feed),
    });
    expect(
      await eventually(
        () => amounts(lenient),
        ({ w1 }) => w1?.length === 2,
      ),
    ).toEqual({ w1: [1, 3] });
  });

  test.each<[string, Partial<CloudEvent>]>([
    ["data that do not fit the contract", { data: { owner: 7 } }],
    ["another source", { source: "elsewhere" }],
    ["a subject that names no aggregate", { subject: "../etc" }],
    ["an id without end", { id: "x".repeat(10_000) }],
    ["text that not every store can hold", { data: { owner: "\u0000", amount: 1 } }],
    ["a version that is older than any known", { dataversion: 0 }],
  ])("stands at %s, and tells why", async (_what, event) => {
    const feed = new WrittenFeed();
    feed.add(event);
    const store = await open();
    const runtime = await running(consumer(), store, { services: reaching(feed) });
    const { failure } = await eventually(
      () => statusOf(runtime),
      ({ status }) => status === "stopped",
    );
    expect(failure?.code).toMatch(/^feed-unreadable|text-refused$/);
    expect(await delivered(store)).toEqual([]);
  });
});
