import { policy, service, view } from "millrace";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { MillraceError } from "../../src/errors/millrace-error.ts";
import { historyTag } from "../../src/runtime/take-deliveries.ts";
import { bank, consumer, producer } from "./bank.ts";
import { amounts, delivered, reaching, statusOf } from "./following.ts";
import { deposits, openWallets } from "./playing.ts";
import { accepted, eventually, running, type Stores, stores } from "./running.ts";
import { walletService } from "./wallet-service.ts";
import { money, WrittenFeed } from "./written-feed.ts";

describe.each(stores)("a subscription on $name", ({ open }) => {
  test("brings what another service publishes into the log, in order, and views are made of it", async () => {
    const bankRuntime = await running(producer, await open());
    const ids = await openWallets(bankRuntime, 3);
    await deposits(bankRuntime, ids, 2);
    const store = await open();
    const runtime = await running(consumer(), store, { services: reaching(bankRuntime.feed) });
    await eventually(
      () => amounts(runtime),
      (found) => Object.values(found).flat().length === 6,
    );
    for (const aggregateId of ids) {
      await accepted(bankRuntime, { aggregateId, type: "Deposit", data: { amount: 7 } });
    }
    const found = await eventually(
      () => amounts(runtime),
      (each) => Object.values(each).flat().length === 9,
    );
    expect(found).toEqual(Object.fromEntries(ids.map((id) => [id, [1, 1, 7]])));
    const published = (await bankRuntime.feed.read({ limit: 1000, waitMs: 0 })).events.map(({ id }) => id);
    expect((await delivered(store)).map(({ id }) => id)).toEqual(published.map((id) => `wallet-bank/${id}`));
  });

  test("G4: takes each integration event once, whatever comes twice, and keeps the order of the feed", async () => {
    const feed = new WrittenFeed();
    feed.pageSize = 3;
    feed.add(money("1", 1), money("2", 2, "w2"), money("1", 1), money("3", 3), money("2", 2, "w2"));
    feed.add(money("3", 3), money("4", 4, "w2"), money("5", 5), money("6", 6, "w2"), money("4", 4, "w2"));
    const store = await open();
    const runtime = await running(consumer(), store, { services: reaching(feed) });
    await eventually(
      () => amounts(runtime),
      (found) => Object.values(found).flat().length === 6,
    );
    expect((await delivered(store)).map(({ id }) => id)).toEqual(
      ["1", "2", "3", "4", "5", "6"].map((id) => `wallet-bank/${id}`),
    );
    expect(await amounts(runtime)).toEqual({ w1: [1, 3, 5], w2: [2, 4, 6] });
  });

  test("goes on where it was after a restart, and harms nothing where it begins anew", async () => {
    const feed = new WrittenFeed();
    feed.add(money("1", 1), money("2", 2));
    const store = await open();
    const first = await running(consumer(), store, { services: reaching(feed) });
    await eventually(
      () => delivered(store),
      (found) => found.length === 2,
    );
    await first.stop();
    feed.requests.length = 0;
    feed.add(money("3", 3));
    const second = await running(consumer(), store, { services: reaching(feed) });
    await eventually(
      () => delivered(store),
      (found) => found.length === 3,
    );
    expect(feed.requests[0]?.after).toBe("2");
    feed.requests.length = 0;
    await second.operations.rebuild("wallet-bank-feed");
    await eventually(
      () => feed.requests.some(({ after }) => after === undefined),
      (isAnew) => isAnew,
    );
    feed.add(money("4", 4));
    await eventually(
      () => delivered(store),
      (found) => found.length === 4,
    );
    expect((await delivered(store)).map(({ id }) => id.split("/")[1])).toEqual(["1", "2", "3", "4"]);
  });

  test("two processes that both believe they own it bring nothing twice", async () => {
    const feed = new WrittenFeed();
    feed.pageSize = 2;
    for (let id = 1; id <= 40; id++) feed.add(money(String(id), id, `w${id % 3}`));
    const store = await open();
    const isGone = () => true;
    const options = { services: reaching(feed), isGone, leaseMs: 50 };
    const runtimes = await Promise.all([
      running(consumer(), store, { ...options, workerId: "a" }),
      running(consumer(), store, { ...options, workerId: "b" }),
    ]);
    await eventually(
      () => delivered(store),
      (found) => found.length >= 40,
    );
    await Promise.all(runtimes.map((runtime) => runtime.stop()));
    expect((await delivered(store)).map(({ id }) => id.split("/")[1])).toEqual(
      Array.from({ length: 40 }, (_, index) => String(index + 1)),
    );
  });

  test("what is behind it is rebuilt from the log alone", async () => {
    const feed = new WrittenFeed();
    feed.add(money("1", 1), money("2", 2));
    const store = await open();
    const first = await running(consumer(), store, { services: reaching(feed) });
    await eventually(
      () => amounts(first),
      ({ w1 }) => w1?.length === 2,
    );
    await first.stop();
    feed.failure = new MillraceError("service-unavailable", "It is gone.");
    const again = view({
      name: "received",
      version: 2,
      from: [bank],
      schema: z.object({ amounts: z.array(z.number()) }),
      on: { MoneyReceived: (row, { data }) => ({ amounts: [data.amount * 10, ...(row?.amounts ?? [])] }) },
    });
    const renewed = service({ name: "ledger", views: [again], uses: [bank] });
    const second = await running(renewed, store, { services: reaching(feed) });
    expect(
      await eventually(
        () => amounts(second),
        (found) => "w1" in found,
      ),
    ).toEqual({
      w1: [20, 10],
    });
  });

  test("stands alone with a clear word where the other log was restored, and goes on when it is read anew", async () => {
    const feed = new WrittenFeed();
    feed.add(money("1", 1));
    const store = await open();
    const runtime = await running(consumer(), store, { services: reaching(feed) });
    await eventually(
      () => delivered(store),
      (found) => found.length === 1,
    );
    feed.failure = new MillraceError("log-diverged", "It is another log.");
    const { failure } = await eventually(
      () => statusOf(runtime),
      ({ status }) => status === "stopped",
    );
    expect(failure).toMatchObject({
      code: "log-diverged",
      message: expect.stringContaining("millrace processors rebuild wallet-bank-feed"),
    });
    expect(await amounts(runtime)).toEqual({ w1: [1] });
    feed.failure = undefined;
    feed.add(money("2", 2));
    await runtime.operations.rebuild("wallet-bank-feed");
    await eventually(
      () => amounts(runtime),
      ({ w1 }) => w1?.length === 2,
    );
    // The events are there before the cursor is written down.
    await eventually(
      () => statusOf(runtime),
      ({ failure: left }) => left === undefined,
    );
  });

  test("waits for a service that cannot be reached, and takes in order what came meanwhile", async () => {
    const feed = new WrittenFeed();
    feed.failure = new MillraceError("service-unavailable", "Connection refused.");
    const store = await open();
    const runtime = await running(consumer(), store, { services: reaching(feed) });
    await eventually(
      () => statusOf(runtime),
      ({ failure }) => failure?.code === "service-unavailable",
    );
    feed.add(money("1", 1), money("2", 2));
    feed.failure = undefined;
    expect(
      await eventually(
        () => amounts(runtime),
        ({ w1 }) => w1?.length === 2,
      ),
    ).toEqual({ w1: [1, 2] });
  });

  test("G9: a reaction that starts at the head does not react to what was published before the service subscribed", async () => {
    const seen: Record<"head" | "beginning", number[]> = { head: [], beginning: [] };
    const noting = (startAt: "head" | "beginning") =>
      policy({
        name: `note-${startAt}`,
        from: [bank],
        startAt,
        on: { MoneyReceived: ({ data }) => void seen[startAt].push(data.amount) },
      });
    const declared = service({
      name: "ledger",
      policies: [noting("head"), noting("beginning")],
      uses: [bank],
    });
    const feed = new WrittenFeed();
    feed.pageSize = 1;
    feed.add(money("1", 1), money("2", 2));
    const store = await open();
    await running(declared, store, { services: reaching(feed) });
    const known = await eventually(
      () => delivered(store),
      (found) => found.length === 2,
    );
    expect(known.every(({ tags }) => tags.includes(historyTag))).toBe(true);
    await eventually(
      () => seen.beginning.length,
      (count) => count === 2,
    );
    feed.add(money("3", 3));
    await eventually(
      () => seen.head.length,
      (count) => count > 0,
    );
    await eventually(
      () => seen.beginning.length,
      (count) => count === 3,
    );
    expect(seen).toEqual({ head: [3], beginning: [1, 2, 3] });
  });
});

test("a service that reads another's feed says how it is reached, or does not start", async () => {
  const [memory] = stores;
  const opened = await memory?.open();
  await expect(running(consumer(), opened as Stores)).rejects.toMatchObject({
    code: "configuration-invalid",
    message: expect.stringContaining("wallet-bank"),
  });
  await expect(running(walletService(), opened as Stores)).resolves.toBeDefined();
});
