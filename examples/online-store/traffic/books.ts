import type { Acknowledged } from "./player.ts";
import type { StoreClient } from "./store-client.ts";

interface OrderRow {
  readonly status: string;
  readonly reason: string | null;
  readonly total: number;
  readonly warehouseId: string | null;
  readonly lineItems: readonly { readonly productId: string; readonly quantity: number }[];
}

interface PaymentRow {
  readonly orderId: string;
  readonly amount: number;
  readonly status: string;
}

interface ReservationRow {
  readonly orderId: string;
  readonly warehouseId: string;
  readonly productId: string;
  readonly quantity: number;
  readonly status: string;
}

interface StockRow {
  readonly available: number;
  readonly reserved: number;
  readonly sold: number;
}

export interface Charge {
  readonly paymentId: string;
  readonly amount: number;
  readonly status: "charged" | "refused" | "voided";
}

/** The store's books, as its services show them. */
interface Books {
  readonly orders: ReadonlyMap<string, OrderRow>;
  readonly payments: ReadonlyMap<string, PaymentRow>;
  readonly reservations: ReadonlyMap<string, ReservationRow>;
  readonly stock: ReadonlyMap<string, StockRow>;
  /** What the gateway says it took; undefined where it cannot be asked. */
  readonly charges: readonly Charge[] | undefined;
}

export interface BooksReport {
  readonly orders: number;
  readonly succeeded: number;
  /** How many failed for each reason. */
  readonly failed: Readonly<Record<string, number>>;
  /** In minor units. */
  readonly revenue: number;
  /** What does not go together; none where the books balance. */
  readonly mistakes: readonly string[];
}

export interface BooksOptions {
  readonly acknowledged: Acknowledged;
  /** Where the gateway is asked what it took. */
  readonly gateway?: string;
  /** How long orders may take to end, and what follows from their end to be done. */
  readonly withinMs: number;
}

const lookEveryMs = 200;

/**
 * Checks the books once every order has ended: each acknowledged order is there, money was taken for those that succeeded and no others,
 * units were sold for those and are reserved for none, and nothing belongs to an order that is not there.
 */
export async function checkBooks(store: StoreClient, options: BooksOptions): Promise<BooksReport> {
  const { acknowledged, gateway, withinMs } = options;
  const end = performance.now() + withinMs;
  for (;;) {
    const books = await readBooks(store, gateway);
    const mistakes = mistakesIn(books, acknowledged);
    // What was read while something was on its way is read again.
    if (mistakes.length === 0 || performance.now() > end) return report(books, mistakes);
    await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
  }
}

async function readBooks(store: StoreClient, gateway: string | undefined): Promise<Books> {
  const [orders, payments, reservations, stock] = await Promise.all([
    store.rows<OrderRow>("orders", "orders"),
    store.rows<PaymentRow>("payments", "payments"),
    store.rows<ReservationRow>("warehouse", "reservations"),
    store.rows<StockRow>("warehouse", "stock"),
  ]);
  const charges = gateway === undefined ? undefined : await chargesOf(gateway);
  return { orders, payments, reservations, stock, charges };
}

async function chargesOf(gateway: string): Promise<readonly Charge[]> {
  const response = await fetch(`${gateway}/charges`);
  return ((await response.json()) as { readonly charges: readonly Charge[] }).charges;
}

function mistakesIn(books: Books, { orders, delivered }: Acknowledged): readonly string[] {
  return [
    ...[...orders]
      .filter((id) => !books.orders.has(id))
      .map((id) => `Order ${id} was taken and is not there.`),
    ...[...books.orders].flatMap(([id, order]) => mistakesOfOrder(id, order, books)),
    ...[...books.payments]
      .filter(([, { orderId }]) => !books.orders.has(orderId))
      .map(([id]) => `Payment ${id} is of an order that is not there.`),
    ...[...books.reservations]
      .filter(([, { orderId }]) => !books.orders.has(orderId))
      .map(([id]) => `Reservation ${id} is for an order that is not there.`),
    ...(books.charges ?? [])
      .filter(({ status, paymentId }) => status === "charged" && !books.payments.has(paymentId))
      .map(({ paymentId }) => `Money was taken for ${paymentId}, which is no payment.`),
    ...mistakesInStock(books, delivered),
  ];
}

function mistakesOfOrder(
  id: string,
  order: OrderRow,
  { payments, reservations, charges }: Books,
): readonly string[] {
  if (order.status !== "ORDER_SUCCEEDED" && order.status !== "ORDER_FAILED") {
    return [`Order ${id} has not ended: ${order.status}.`];
  }
  const mistakes: string[] = [];
  const succeeded = order.status === "ORDER_SUCCEEDED";
  const payment = payments.get(id);
  const isPaid = payment?.status === "PAYMENT_SUCCEEDED";
  if (isPaid !== succeeded) mistakes.push(`Order ${id} is ${order.status}, its payment ${payment?.status}.`);
  if (isPaid && payment.amount !== order.total) {
    mistakes.push(`Order ${id} comes to ${order.total}, and ${payment.amount} was paid.`);
  }
  const taken = charges?.find(({ paymentId, status }) => paymentId === id && status === "charged");
  if (charges !== undefined && (taken?.amount ?? 0) !== (succeeded ? order.total : 0)) {
    mistakes.push(`Order ${id} is ${order.status} over ${order.total}, and ${taken?.amount ?? 0} was taken.`);
  }
  const kept = [...reservations.values()].filter(
    (reservation) => reservation.orderId === id && reservation.status === "RESERVATION_SUCCEEDED",
  );
  const open = [...reservations.values()].filter(
    (reservation) => reservation.orderId === id && /CREATED|CONNECTED/.test(reservation.status),
  );
  if (open.length > 0)
    mistakes.push(`Order ${id} has ended, and ${open.length} of its reservations have not.`);
  if (kept.length !== (succeeded ? order.lineItems.length : 0)) {
    mistakes.push(
      `Order ${id} is ${order.status} with ${kept.length} of ${order.lineItems.length} lines reserved.`,
    );
  }
  if (kept.some(({ warehouseId }) => warehouseId !== order.warehouseId)) {
    mistakes.push(`Order ${id} is served by more than one warehouse.`);
  }
  return mistakes;
}

function mistakesInStock({ orders, stock }: Books, delivered: Acknowledged["delivered"]): readonly string[] {
  const sold = new Map<string, number>();
  for (const order of orders.values()) {
    if (order.status !== "ORDER_SUCCEEDED") continue;
    for (const { productId, quantity } of order.lineItems) {
      const place = `${order.warehouseId}:${productId}`;
      sold.set(place, (sold.get(place) ?? 0) + quantity);
    }
  }
  return [...new Set([...stock.keys(), ...delivered.keys(), ...sold.keys()])].flatMap((place) => {
    const row = stock.get(place) ?? { available: 0, reserved: 0, sold: 0 };
    const expected = { reserved: 0, sold: sold.get(place) ?? 0 };
    const available = (delivered.get(place) ?? row.available + expected.sold) - expected.sold;
    const right =
      row.reserved === expected.reserved && row.sold === expected.sold && row.available === available;
    return right && row.available >= 0
      ? []
      : [`Stock ${place} is ${inWords(row)}; expected ${inWords({ ...expected, available })}.`];
  });
}

function inWords({ available, reserved, sold }: StockRow): string {
  return `${available} available, ${reserved} reserved, ${sold} sold`;
}

function report({ orders }: Books, mistakes: readonly string[]): BooksReport {
  const all = [...orders.values()];
  const succeeded = all.filter(({ status }) => status === "ORDER_SUCCEEDED");
  const failed: Record<string, number> = {};
  for (const { status, reason } of all) {
    if (status === "ORDER_FAILED") failed[reason ?? "unknown"] = (failed[reason ?? "unknown"] ?? 0) + 1;
  }
  return {
    orders: all.length,
    succeeded: succeeded.length,
    failed,
    revenue: succeeded.reduce((sum, { total }) => sum + total, 0),
    mistakes,
  };
}
