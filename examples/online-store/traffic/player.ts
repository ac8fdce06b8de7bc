import type { Answer, StoreClient } from "./store-client.ts";

/** How often each happens, per second. */
export interface Rates {
  readonly accounts: number;
  readonly deliveries: number;
  readonly orders: number;
  /** An account is suspended, and active again a second later. */
  readonly suspensions: number;
}

export interface PlayOptions {
  readonly rates: Rates;
  /** For how long; `Infinity` plays until `signal` aborts. */
  readonly seconds: number;
  readonly signal?: AbortSignal;
  readonly warehouses: number;
  readonly products: number;
  /** From 0 up to 1, as `Math.random`. */
  readonly random?: () => number;
}

/** What was told to customers, which the books must show. */
export interface Acknowledged {
  readonly orders: ReadonlySet<string>;
  /** Units by `warehouseId:productId`. */
  readonly delivered: ReadonlyMap<string, number>;
  /** How often each kind of request was answered with which status or code. */
  readonly outcomes: ReadonlyMap<string, number>;
}

const maxUnits = 4;
const maxLines = 3;
const unitsPerDelivery = 20;
const suspendedForMs = 1000;

/** Plays customers and deliveries at set rates, and keeps what was acknowledged. */
export class Player {
  readonly #store: StoreClient;
  readonly #options: PlayOptions;
  readonly #random: () => number;
  readonly #run = Math.random().toString(36).slice(2, 8);
  readonly #accounts: string[] = [];
  readonly #warehouses: string[] = [];
  readonly #products: readonly string[];
  readonly #orders = new Set<string>();
  readonly #delivered = new Map<string, number>();
  readonly #outcomes = new Map<string, number>();
  #count = 0;

  constructor(store: StoreClient, options: PlayOptions) {
    this.#store = store;
    this.#options = options;
    this.#random = options.random ?? Math.random;
    this.#products = Array.from({ length: options.products }, (_, index) => `product-${index + 1}`);
  }

  /** Orders that were acknowledged so far. */
  get orders(): number {
    return this.#orders.size;
  }

  /** Opens the store, plays, and resolves once every request was answered. */
  async play(): Promise<Acknowledged> {
    const { warehouses, rates, seconds } = this.#options;
    for (let index = 0; index < warehouses; index++) await this.#openWarehouse(index);
    await this.#openAccount();
    await Promise.all(
      this.#warehouses.flatMap((warehouse) =>
        this.#products.map((product) => this.#deliver(warehouse, product)),
      ),
    );
    await Promise.all([
      this.#at(rates.accounts, seconds, () => this.#openAccount()),
      this.#at(rates.deliveries, seconds, () =>
        this.#deliver(this.#oneOf(this.#warehouses), this.#oneOf(this.#products)),
      ),
      this.#at(rates.orders, seconds, () => this.#order()),
      this.#at(rates.suspensions, seconds, () => this.#suspend()),
    ]);
    return { orders: this.#orders, delivered: this.#delivered, outcomes: this.#outcomes };
  }

  /** Starts one after the other on time, whether or not those before are done. */
  async #at(perSecond: number, seconds: number, act: () => Promise<void>): Promise<void> {
    const started = performance.now();
    const acts: Promise<void>[] = [];
    for (let index = 0; index < perSecond * seconds && this.#options.signal?.aborted !== true; index++) {
      const wait = started + (index * 1000) / perSecond - performance.now();
      if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
      acts.push(act());
    }
    await Promise.all(acts);
  }

  async #openWarehouse(index: number): Promise<void> {
    const { body } = this.#noted(
      "create warehouse",
      await this.#store.command("warehouse", "/v1/warehouses", { name: `Warehouse ${index + 1}` }),
    );
    if (body.id !== undefined) this.#warehouses.push(body.id);
  }

  async #openAccount(): Promise<void> {
    const { body } = this.#noted(
      "create account",
      await this.#store.command("accounts", "/v1/accounts", {
        userId: 1 + Math.floor(this.#random() * 100),
        accountNumber: `S-${this.#run}-${++this.#count}`,
      }),
    );
    if (body.id !== undefined) this.#accounts.push(body.id);
  }

  async #deliver(warehouse: string, productId: string): Promise<void> {
    const quantity = 1 + Math.floor(this.#random() * unitsPerDelivery);
    const path = `/v1/warehouses/${warehouse}/commands/add-inventory`;
    const answer = await this.#store.command("warehouse", path, { productId, quantity });
    if (this.#noted("add inventory", answer).status !== 200) return;
    const key = `${warehouse}:${productId}`;
    this.#delivered.set(key, (this.#delivered.get(key) ?? 0) + quantity);
  }

  async #order(): Promise<void> {
    const lineItems = Array.from({ length: 1 + Math.floor(this.#random() * maxLines) }, () => ({
      productId: this.#oneOf(this.#products),
      quantity: 1 + Math.floor(this.#random() * maxUnits),
      unitPrice: 100 + Math.floor(this.#random() * 10_000),
    }));
    const accountId = this.#oneOf(this.#accounts);
    const answer = await this.#store.command("orders", "/v1/orders", { accountId, lineItems });
    const { status, body } = this.#noted("place order", answer);
    if (status === 201 && body.id !== undefined) this.#orders.add(body.id);
  }

  async #suspend(): Promise<void> {
    const path = `/v1/accounts/${this.#oneOf(this.#accounts)}/commands`;
    this.#noted("suspend account", await this.#store.command("accounts", `${path}/suspend-account`, {}));
    await new Promise((resolve) => setTimeout(resolve, suspendedForMs));
    this.#noted("activate account", await this.#store.command("accounts", `${path}/activate-account`, {}));
  }

  #noted(what: string, answer: Answer): Answer {
    const outcome = `${what}: ${answer.body.code ?? answer.status}`;
    this.#outcomes.set(outcome, (this.#outcomes.get(outcome) ?? 0) + 1);
    return answer;
  }

  #oneOf(all: readonly string[]): string {
    return all[Math.floor(this.#random() * all.length)] ?? "";
  }
}
