import { type ServedServices, serveTogether } from "millrace/node";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import config from "../millrace.config.ts";
import { type GatewayStub, startGateway } from "../payments/gateway/gateway-stub.ts";
import { checkBooks } from "../traffic/books.ts";
import { Player } from "../traffic/player.ts";
import { StoreClient, type StoreUrls, serviceNames } from "../traffic/store-client.ts";

/** The whole store in one process, on stores in memory. */
let store: ServedServices;
let gateway: GatewayStub;
let client: StoreClient;
let accountId: string;

beforeAll(async () => {
  gateway = await startGateway();
  process.env.GATEWAY_URL = gateway.url;
  store = await serveTogether(
    {
      ...config,
      port: 0,
      logLevel: "silent",
      together: config.together.map((member) => ({ ...member, database: "memory:" })),
    },
    { env: {}, development: true, signals: false },
  );
  client = new StoreClient(
    Object.fromEntries(serviceNames.map((name) => [name, store.url])) as unknown as StoreUrls,
  );
  accountId = await openAccount("1001");
});

afterAll(async () => {
  await store.close();
  await gateway.close();
});

async function created(
  service: "accounts" | "orders" | "warehouse",
  path: string,
  data: unknown,
): Promise<string> {
  const { status, body } = await client.command(service, path, data);
  expect([status, body.code]).toEqual([201, undefined]);
  return body.id ?? "";
}

async function openAccount(accountNumber: string): Promise<string> {
  const id = await created("accounts", "/v1/accounts", { userId: 7, accountNumber });
  // In hooks, too, where there is no expect.poll.
  await vi.waitFor(async () => {
    const rows = await client.rows<{ status: string }>("accounts", "accounts");
    expect(rows.get(id)?.status).toBe("ACCOUNT_ACTIVE");
  }, 15_000);
  return id;
}

/** A warehouse that has so much of each product. */
async function openWarehouse(name: string, stock: Readonly<Record<string, number>>): Promise<string> {
  const id = await created("warehouse", "/v1/warehouses", { name });
  for (const [productId, quantity] of Object.entries(stock)) {
    const { status } = await client.command("warehouse", `/v1/warehouses/${id}/commands/add-inventory`, {
      productId,
      quantity,
    });
    expect(status).toBe(200);
    await expect.poll(async () => (await stockOf(id, productId))?.available).toBe(quantity);
  }
  return id;
}

async function stockOf(warehouseId: string, productId: string) {
  const rows = await client.rows<{ available: number; reserved: number; sold: number }>("warehouse", "stock");
  const row = rows.get(`${warehouseId}:${productId}`);
  return row && { available: row.available, reserved: row.reserved, sold: row.sold };
}

function place(account: string, ...lineItems: readonly object[]) {
  return client.command("orders", "/v1/orders", { accountId: account, lineItems });
}

interface OrderRow {
  readonly status: string;
  readonly reason: string | null;
  readonly total: number;
  readonly isHeld: boolean;
  readonly warehouseId: string | null;
}

async function orderOf(id: string) {
  return (await client.rows<OrderRow>("orders", "orders")).get(id);
}

async function ended(id: string) {
  await expect.poll(async () => (await orderOf(id))?.status).toMatch(/^ORDER_(SUCCEEDED|FAILED)$/);
  return orderOf(id);
}

const line = (productId: string, quantity = 1, unitPrice = 500) => ({ productId, quantity, unitPrice });

test("an order is reserved, paid and sold", async () => {
  const warehouseId = await openWarehouse("One", { pen: 10 });
  const { body } = await place(accountId, line("pen", 2), line("pen", 1, 100));
  expect(await ended(body.id ?? "")).toMatchObject({
    status: "ORDER_SUCCEEDED",
    total: 1100,
    warehouseId,
    reason: null,
  });
  await expect.poll(() => stockOf(warehouseId, "pen")).toEqual({ available: 7, reserved: 0, sold: 3 });
  const payments = await client.rows<{ status: string }>("payments", "payments", { orderId: body.id ?? "" });
  expect([...payments.values()]).toMatchObject([{ status: "PAYMENT_SUCCEEDED", amount: 1100 }]);
});

test("an order is served by one warehouse that has every product, or fails with nothing kept", async () => {
  const apart = [await openWarehouse("Two", { cup: 5 }), await openWarehouse("Three", { plate: 5 })];
  const { body } = await place(accountId, line("cup"), line("plate"));
  expect(await ended(body.id ?? "")).toMatchObject({
    status: "ORDER_FAILED",
    reason: "no-warehouse-has-every-product",
  });
  expect(await stockOf(apart[0] ?? "", "cup")).toEqual({ available: 5, reserved: 0, sold: 0 });
  const both = await openWarehouse("Four", { cup: 1, plate: 1 });
  const again = await place(accountId, line("cup"), line("plate"));
  expect(await ended(again.body.id ?? "")).toMatchObject({ status: "ORDER_SUCCEEDED", warehouseId: both });
});

test("a refused payment releases everything, and the order fails with the reason", async () => {
  const warehouseId = await openWarehouse("Five", { lamp: 3 });
  await behave({ refuse: 1 });
  const { body } = await place(accountId, line("lamp", 2));
  expect(await ended(body.id ?? "")).toMatchObject({ status: "ORDER_FAILED", reason: "payment-refused" });
  await expect.poll(() => stockOf(warehouseId, "lamp")).toEqual({ available: 3, reserved: 0, sold: 0 });
  const reservations = await client.rows<{ status: string }>("warehouse", "reservations", {
    orderId: body.id ?? "",
  });
  expect([...reservations.values()]).toMatchObject([{ status: "RESERVATION_RELEASED" }]);
  await behave({});
});

test("the last item is sold once, whoever of a hundred wants it", async () => {
  const warehouseId = await openWarehouse("Six", { painting: 1 });
  const answers = await Promise.all(Array.from({ length: 100 }, () => place(accountId, line("painting"))));
  const ends = await Promise.all(answers.map(({ body }) => ended(body.id ?? "")));
  expect(ends.filter((order) => order?.status === "ORDER_SUCCEEDED")).toHaveLength(1);
  await expect.poll(() => stockOf(warehouseId, "painting")).toEqual({ available: 0, reserved: 0, sold: 1 });
}, 60_000);

test("only active accounts order, and an account with open orders is held, and not archived", async () => {
  const warehouseId = await openWarehouse("Seven", { chair: 9 });
  const account = await openAccount("1002");
  const on = (command: string) =>
    client.command("accounts", `/v1/accounts/${account}/commands/${command}`, {});
  expect((await place("nobody", line("chair"))).body.code).toBe("reference-missing");
  await behave({ drop: 1 });
  const { body } = await place(account, line("chair"));
  const open = body.id ?? "";
  await expect.poll(async () => (await orderOf(open))?.status).toBe("PAYMENT_PENDING");
  expect((await on("archive-account")).status).toBe(200);
  await expect.poll(() => historyOf(account)).toContain("AccountKept");
  expect((await on("suspend-account")).status).toBe(200);
  await expect.poll(async () => (await orderOf(open))?.isHeld).toBe(true);
  expect((await place(account, line("chair"))).body.code).toBe("reference-unfit");
  expect((await on("activate-account")).status).toBe(200);
  await expect.poll(async () => (await orderOf(open))?.isHeld).toBe(false);
  await behave({});
  expect(await ended(open)).toMatchObject({ status: "ORDER_SUCCEEDED", warehouseId });
  expect((await on("archive-account")).status).toBe(200);
  await expect.poll(() => historyOf(account)).toContain("AccountArchived");
  expect((await place(account, line("chair"))).body.code).toBe("reference-retired");
});

test("the books of an evening's trade balance, also where the gateway misbehaves", async () => {
  await behave({ refuse: 0.1, twice: 0.1, drop: 0.1, dropAfter: 0.1 });
  const player = new Player(client, {
    rates: { accounts: 5, deliveries: 20, orders: 40, suspensions: 2 },
    seconds: 2,
    warehouses: 2,
    products: 4,
  });
  const acknowledged = await player.play();
  const books = await checkBooks(client, { acknowledged, gateway: gateway.url, withinMs: 30_000 });
  expect(books.mistakes).toEqual([]);
  expect(books.succeeded).toBeGreaterThan(0);
  await expect.poll(async () => revenue()).toBe(books.revenue);
}, 60_000);

async function revenue(): Promise<number> {
  const days = await client.rows<{ revenue: number }>("insights", "revenue-per-day");
  return [...days.values()].reduce((sum, day) => sum + day.revenue, 0);
}

async function historyOf(account: string): Promise<readonly string[]> {
  const answer = await fetch(`${store.url}/v1/accounts/${account}/events?limit=100`);
  const { _embedded } = (await answer.json()) as { _embedded: { events: readonly { type: string }[] } };
  return _embedded.events.map(({ type }) => type);
}

async function behave(behaviour: object): Promise<void> {
  await fetch(`${gateway.url}/behaviour`, { method: "POST", body: JSON.stringify(behaviour) });
}
