import { randomUUID } from "node:crypto";

export const serviceNames = ["accounts", "orders", "payments", "warehouse", "insights"] as const;

export type ServiceName = (typeof serviceNames)[number];

/** Where each service answers: one URL for all of them where they share a process. */
export type StoreUrls = Readonly<Record<ServiceName, string>>;

export interface Answer {
  readonly status: number;
  readonly body: { readonly id?: string; readonly code?: string; readonly detail?: string };
}

/** Between two tries of what was not answered. */
const againAfterMs = 50;

/** After so long without a definite answer something is wrong with the store, not with the moment. */
const patienceMs = 60_000;

/** The store as its customers reach it: what is not answered is asked again under the same key, so that it happens once. */
export class StoreClient {
  readonly #urls: StoreUrls;

  constructor(urls: StoreUrls) {
    this.#urls = urls;
  }

  /** Sends a command until it is answered: taken, or refused for a reason that stays. */
  async command(service: ServiceName, path: string, data: unknown): Promise<Answer> {
    const key = randomUUID();
    return this.#insist(`${service}${path}`, async () => {
      const response = await fetch(`${this.#urls[service]}${path}`, {
        method: "POST",
        headers: { "content-type": "application/json", "idempotency-key": key },
        body: JSON.stringify(data),
      });
      const answer = { status: response.status, body: (await response.json()) as Answer["body"] };
      return isPassing(response.status) ? undefined : answer;
    });
  }

  /** All rows of a view, each with the key that it has. */
  async rows<Row>(
    service: ServiceName,
    view: string,
    query: Readonly<Record<string, string>> = {},
  ): Promise<ReadonlyMap<string, Row>> {
    const rows = new Map<string, Row>();
    let path: string | undefined = `/v1/views/${view}?${new URLSearchParams({ ...query, limit: "1000" })}`;
    while (path !== undefined) {
      const page: Page<Row> = await this.#page(service, path);
      for (const { _links, ...row } of page._embedded[view] ?? []) {
        rows.set(decodeURIComponent(_links.self.href.split("/").at(-1) ?? ""), row as Row);
      }
      path = page._links.next?.href;
    }
    return rows;
  }

  #page<Row>(service: ServiceName, path: string): Promise<Page<Row>> {
    return this.#insist(`${service}${path}`, async () => {
      const response = await fetch(`${this.#urls[service]}${path}`);
      return response.status === 200 ? ((await response.json()) as Page<Row>) : undefined;
    });
  }

  async #insist<T>(what: string, attempt: () => Promise<T | undefined>): Promise<T> {
    const end = performance.now() + patienceMs;
    for (;;) {
      const result = await attempt().catch(() => undefined);
      if (result !== undefined) return result;
      if (performance.now() > end) throw new Error(`${what} was not answered for ${patienceMs / 1000} s.`);
      await new Promise((resolve) => setTimeout(resolve, againAfterMs));
    }
  }
}

/** What the same request may be answered otherwise with a moment later. */
function isPassing(status: number): boolean {
  return status >= 500 || status === 429;
}

interface Page<Row> {
  readonly _embedded: Readonly<Record<string, readonly (Row & Linked)[] | undefined>>;
  readonly _links: { readonly next?: { readonly href: string } };
}

interface Linked {
  readonly _links: { readonly self: { readonly href: string } };
}
