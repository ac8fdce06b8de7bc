import { expect, test } from "vitest";
import { startGateway } from "../../examples/online-store/payments/gateway/gateway-stub.ts";
import { checkBooks } from "../../examples/online-store/traffic/books.ts";
import { Player } from "../../examples/online-store/traffic/player.ts";
import { StoreClient, serviceNames } from "../../examples/online-store/traffic/store-client.ts";
import { eventually } from "../runtime/running.ts";
import { newFields, nextVersion, nextVersions } from "./next-version.ts";
import { onlineStore } from "./online-store.ts";

/** Between two upgrades. */
const ordersBetween = 8;

test("each service is upgraded alone, while the others run, and nothing breaks", {
  timeout: 120_000,
}, async () => {
  const gateway = await startGateway();
  const store = await onlineStore({ gateway: gateway.url, deadline: "30 s" });
  try {
    await Promise.all(serviceNames.map((name) => store.start(name)));
    const client = new StoreClient(store.urls);
    const done = new AbortController();
    const player = new Player(client, {
      rates: { accounts: 1, deliveries: 10, orders: 8, suspensions: 0.2 },
      seconds: Number.POSITIVE_INFINITY,
      signal: done.signal,
      warehouses: 2,
      products: 4,
    });
    const playing = player.play();
    for (const name of serviceNames) {
      await moreOrders(player);
      await store.stop(name);
      await store.start(name, nextVersion(name, nextVersions[name]));
    }
    await moreOrders(player);
    done.abort();
    const acknowledged = await playing;
    const books = await checkBooks(client, { acknowledged, gateway: gateway.url, withinMs: 45_000 });
    expect(books.mistakes).toEqual([]);
    expect(books.succeeded).toBeGreaterThan(0);
    expect([...acknowledged.outcomes.keys()].filter((outcome) => / (4|5)\d\d$/.test(outcome))).toEqual([]);

    for (const [name, [type, field]] of Object.entries(newFields)) {
      const service = name as keyof typeof newFields;
      const feed = await fetch(`${store.urls[service]}/v1/feeds/${name}?types=${type}&limit=1000`);
      const events = (await feed.json()) as readonly { readonly data: object }[];
      expect(events.at(-1)?.data, name).toHaveProperty(field);
    }
    const created = await client.command("accounts", "/v1/accounts", {
      userId: 1,
      accountNumber: "NEXT-1",
      nickname: "piggy bank",
    });
    expect(created.status).toBe(201);
    const revenue = async () => {
      const days = await client.rows<{ revenue: number }>("insights", "revenue-per-day");
      return [...days.values()].reduce((sum, day) => sum + day.revenue, 0);
    };
    expect(await eventually(revenue, (found) => found === books.revenue)).toBe(books.revenue);
  } finally {
    await Promise.all(serviceNames.map((name) => store.kill(name)));
    await gateway.close();
  }
});

function moreOrders(player: Player): Promise<number> {
  const before = player.orders;
  return eventually(
    () => player.orders,
    (orders) => orders >= before + ordersBetween,
  );
}
