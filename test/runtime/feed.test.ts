import { aggregate, event, publish, service } from "millrace";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { systemClock } from "../../src/ports/clock.ts";
import { Feed } from "../../src/runtime/feed.ts";
import { type Stores, stores } from "./running.ts";

const parcel = aggregate({
  name: "parcel",
  collection: "parcels",
  state: z.object({ status: z.enum(["NONE", "SENT"]) }),
  initialState: { status: "NONE" },
  events: {
    ParcelSent: event(z.object({ items: z.array(z.string()) }), {
      version: 2,
      upcast: { 1: (data: { item: string }) => ({ items: [data.item] }) },
    }),
    ParcelWeighed: z.object({}),
    ParcelLost: z.object({ why: z.string() }),
  },
  commands: { SendParcel: z.object({}) },
  decide: { SendParcel: () => [] },
  evolve: { ParcelSent: (state) => state, ParcelWeighed: (state) => state, ParcelLost: (state) => state },
});

/** One integration event for each item, one for a loss unless it is a secret, none for weighing. */
const { definition } = service({
  name: "post",
  aggregates: [parcel],
  publishes: [
    publish({
      type: "ItemSent",
      from: parcel,
      on: "ParcelSent",
      schema: z.object({ item: z.string() }),
      data: ({ data }) => data.items.map((item) => ({ item })),
    }),
    publish({
      type: "ItemsLost",
      from: parcel,
      on: "ParcelLost",
      schema: z.object({ why: z.string() }),
      data: ({ data }) => (data.why === "secret" ? undefined : data),
    }),
  ],
});

function feedOf(opened: Stores): Feed {
  return new Feed({ service: definition, events: opened.events, clock: systemClock });
}

interface Fact {
  readonly type: string;
  readonly data: unknown;
  readonly schemaVersion?: number;
}

const sent = (...items: readonly string[]): Fact => ({
  type: "ParcelSent",
  data: { items },
  schemaVersion: 2,
});
const weighed: Fact = { type: "ParcelWeighed", data: {} };
const lost = (why: string): Fact => ({ type: "ParcelLost", data: { why } });

let commands = 0;

/** Records each in a stream of its own, so that only the log gives them an order. */
async function record(opened: Stores, ...facts: readonly Fact[]): Promise<void> {
  for (const { type, data, schemaVersion = 1 } of facts) {
    const id = `command-${commands++}`;
    const metadata = { correlationId: "c", depth: 0 };
    await opened.events.append({
      command: { id, fingerprint: "" },
      appends: [
        {
          stream: `parcel-${id}`,
          expected: "none",
          events: [{ id: `${id}.0`, type, data, schemaVersion, metadata, tags: [] }],
        },
      ],
    });
  }
}

const all = { limit: 100, waitMs: 0 };

function toldBy(page: { readonly events: readonly { readonly data: unknown }[] }): readonly unknown[] {
  return page.events.map(({ data }) => Object.values(data as object)[0]);
}

describe.each(stores)("the feed on $name", ({ open }) => {
  test("tells what is published in the order of the log, and nothing else", async () => {
    const opened = await open();
    await record(opened, sent("a"), weighed, lost("rain"), lost("secret"), sent("b", "c"));
    const page = await feedOf(opened).read(all);
    expect(page.events.map(({ type }) => type)).toEqual(["ItemSent", "ItemsLost", "ItemSent", "ItemSent"]);
    expect(toldBy(page)).toEqual(["a", "rain", "b", "c"]);
    expect(page.events[0]).toMatchObject({ source: "post", specversion: "1.0" });
    expect(new Set(page.events.map(({ id }) => id)).size).toBe(4);
    expect(page.more).toBe(false);
  });

  test("of an empty log is empty, and goes on from there", async () => {
    const opened = await open();
    const page = await feedOf(opened).read(all);
    expect(page).toMatchObject({ events: [], more: false });
    await record(opened, sent("a"));
    expect(toldBy(await feedOf(opened).read({ ...all, after: page.next }))).toEqual(["a"]);
  });

  test("gives the types that are asked for, and of one that is not published none", async () => {
    const opened = await open();
    await record(opened, sent("a"), lost("rain"), sent("b"));
    const feed = feedOf(opened);
    expect(toldBy(await feed.read({ ...all, types: ["ItemsLost"] }))).toEqual(["rain"]);
    expect(toldBy(await feed.read({ ...all, types: ["ItemsLost", "ItemSent"] }))).toEqual(["a", "rain", "b"]);
    for (const types of [["ParcelSent"], []]) {
      const none = await feed.read({ ...all, types });
      expect(none).toMatchObject({ events: [], more: false });
      expect(toldBy(await feed.read({ ...all, after: none.next }))).toEqual([]);
    }
  });

  test("is read again from any cursor, page by page, with the same events", async () => {
    const opened = await open();
    await record(opened, sent("a"), weighed, sent("b"), lost("secret"), sent("c"), weighed);
    const feed = feedOf(opened);
    const pages: unknown[][] = [];
    let after: string | undefined;
    for (let more = true; more; ) {
      const page = await feed.read({ limit: 1, waitMs: 0, ...(after === undefined ? {} : { after }) });
      const again = await feed.read({ limit: 1, waitMs: 0, ...(after === undefined ? {} : { after }) });
      expect(again).toEqual(page);
      pages.push([...toldBy(page)]);
      ({ next: after, more } = page);
    }
    expect(pages.flat()).toEqual(["a", "b", "c"]);
  });

  test("never splits what one domain event led to, whatever the limit", async () => {
    const opened = await open();
    await record(opened, sent("a"), sent("b", "c", "d"), lost("rain"), sent("e", "f"));
    const feed = feedOf(opened);
    const read = (limit: number, after?: string) =>
      feed.read({ limit, waitMs: 0, ...(after === undefined ? {} : { after }) });
    const first = await read(3);
    expect([toldBy(first), first.more]).toEqual([["a"], true]);
    const second = await read(3, first.next);
    expect([toldBy(second), second.more]).toEqual([["b", "c", "d"], true]);
    const third = await read(3, second.next);
    expect(toldBy(third)).toEqual(["rain", "e", "f"]);
    expect(toldBy(await read(2, first.next))).toEqual(["b", "c", "d"]);
    expect((await read(3, third.next)).events).toEqual([]);
  });

  test("moves its cursor past what is not published", async () => {
    const opened = await open();
    await record(opened, sent("a"));
    const feed = feedOf(opened);
    const { next } = await feed.read(all);
    await record(opened, weighed, lost("secret"), weighed);
    const moved = await feed.read({ ...all, after: next });
    expect(moved.events).toEqual([]);
    expect(moved.next).not.toBe(next);
    expect((await feed.read({ ...all, after: moved.next })).next).toBe(moved.next);
  });

  test("who waits is not sent away with a page of what is not published", async () => {
    const opened = await open();
    await record(opened, lost("secret"), lost("secret"), sent("a"));
    const page = await feedOf(opened).read({ ...all, limit: 1, waitMs: 10_000 });
    expect(toldBy(page)).toEqual(["a"]);
  });

  test("waits for an event, and past those that are not published", async () => {
    const opened = await open();
    const feed = feedOf(opened);
    const { next } = await feed.read(all);
    const waiting = feed.read({ ...all, after: next, waitMs: 10_000 });
    await record(opened, weighed, lost("secret"), sent("a"), weighed);
    const page = await waiting;
    expect(toldBy(page)).toEqual(["a"]);
    const more = await feed.read({ ...all, after: page.next });
    expect(more.events).toEqual([]);
  });

  test("waits no longer than it may, and not at all once the signal aborts", async () => {
    const opened = await open();
    const feed = feedOf(opened);
    await record(opened, weighed);
    expect(await feed.read({ limit: 10, waitMs: 20 })).toMatchObject({ events: [], more: false });
    const stop = new AbortController();
    const waiting = feed.read({ limit: 10, waitMs: 600_000, signal: stop.signal });
    stop.abort();
    const broken = await waiting;
    expect(broken).toMatchObject({ events: [] });
    expect(await feed.read({ limit: 10, waitMs: 600_000, signal: stop.signal })).toEqual(broken);
    await record(opened, sent("a"));
    expect(toldBy(await feed.read({ ...all, after: broken.next }))).toEqual(["a"]);
  });

  test("refuses the cursor of another log, and what is no cursor", async () => {
    const opened = await open();
    const other = await open();
    await record(opened, sent("a"));
    await record(other, sent("b"));
    const { next } = await feedOf(other).read(all);
    await expect(feedOf(opened).read({ ...all, after: next })).rejects.toMatchObject({
      code: "log-diverged",
    });
    await expect(feedOf(opened).read({ ...all, after: "no cursor" })).rejects.toMatchObject({
      code: "token-invalid",
    });
  });

  test("tells old events as they read now", async () => {
    const opened = await open();
    await record(opened, { type: "ParcelSent", data: { item: "old" }, schemaVersion: 1 }, sent("new"));
    expect(toldBy(await feedOf(opened).read(all))).toEqual(["old", "new"]);
  });

  test("stops at an event that only a newer version of the service can read", async () => {
    const opened = await open();
    await record(opened, { ...sent("a"), schemaVersion: 3 });
    await expect(feedOf(opened).read(all)).rejects.toMatchObject({ code: "event-type-unknown" });
  });

  test("says that there is more where large events end a page early", async () => {
    const opened = await open();
    const large = "x".repeat(900_000);
    await record(opened, ...Array.from({ length: 20 }, (_, index) => sent(`${index}${large}`)));
    const feed = feedOf(opened);
    const first = await feed.read(all);
    const rest = first.more ? await feed.read({ ...all, after: first.next }) : undefined;
    expect([...first.events, ...(rest?.events ?? [])]).toHaveLength(20);
    expect((rest ?? first).more).toBe(false);
  });
});
