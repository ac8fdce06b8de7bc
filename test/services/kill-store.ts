import { startGateway } from "../../examples/online-store/payments/gateway/gateway-stub.ts";
import { type BooksReport, checkBooks } from "../../examples/online-store/traffic/books.ts";
import { Player } from "../../examples/online-store/traffic/player.ts";
import { StoreClient, serviceNames } from "../../examples/online-store/traffic/store-client.ts";
import { seeded } from "../../src/testing/random-data.ts";
import { eventually } from "../runtime/running.ts";
import { onlineStore } from "./online-store.ts";

export interface KillOptions {
  readonly kills: number;
  readonly seed: number;
  /** See `StoreOptions`. */
  readonly postgres?: string;
  readonly report?: (line: string) => void;
}

/** Between two kills at least so many orders are taken, so that each meets orders at all points of their way. */
const ordersBetween = 12;

/**
 * Runs the store over HTTP between processes that are killed with -9 in turns, while traffic runs and the gateway misbehaves in all the ways
 * that it knows. Resolves with what the books say then, and with what the revenue is that the other services told.
 */
export async function killStore({
  kills,
  seed,
  postgres,
  report = () => {},
}: KillOptions): Promise<{ readonly books: BooksReport; readonly toldRevenue: number }> {
  const random = seeded(seed);
  const gateway = await startGateway({
    behaviour: { refuse: 0.05, hang: 0.05, twice: 0.05, drop: 0.05, dropAfter: 0.05 },
  });
  const store = await onlineStore({
    gateway: gateway.url,
    deadline: "20 s",
    ...(postgres === undefined ? {} : { postgres }),
  });
  try {
    await Promise.all(serviceNames.map((name) => store.start(name)));
    const client = new StoreClient(store.urls);
    const done = new AbortController();
    const player = new Player(client, {
      rates: { accounts: 1, deliveries: 10, orders: 15, suspensions: 0.5 },
      seconds: Number.POSITIVE_INFINITY,
      signal: done.signal,
      warehouses: 3,
      products: 5,
      random,
    });
    const playing = player.play();
    for (let kill = 1; kill <= kills; kill++) {
      const before = player.orders;
      await eventually(
        async () => player.orders - before,
        (taken) => taken >= ordersBetween * (0.5 + random()),
      );
      const name = serviceNames[Math.floor(random() * serviceNames.length)] ?? "orders";
      await store.kill(name);
      await store.start(name);
      report(`${kill}: ${name}, after ${player.orders} orders`);
    }
    done.abort();
    const acknowledged = await playing;
    const books = await checkBooks(client, { acknowledged, gateway: gateway.url, withinMs: 60_000 });
    const toldRevenue = await eventually(
      async () => revenueOf(await client.rows<RevenueRow>("insights", "revenue-per-day")),
      (revenue) => revenue === books.revenue,
    );
    return { books, toldRevenue };
  } finally {
    await Promise.all(serviceNames.map((name) => store.kill(name)));
    await gateway.close();
  }
}

interface RevenueRow {
  readonly revenue: number;
}

function revenueOf(rows: ReadonlyMap<string, RevenueRow>): number {
  return [...rows.values()].reduce((sum, { revenue }) => sum + revenue, 0);
}
