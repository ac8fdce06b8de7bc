/** One request as it went. */
export interface Played {
  readonly what: string;
  /** The status, or what went wrong on the way. */
  readonly outcome: string;
  readonly ms: number;
}

export interface PlayerOptions {
  readonly url: string;
  readonly perSecond: number;
  readonly concurrency: number;
  readonly seconds: number;
}

/** How often each is played, out of 100. A refusal is an outcome like others: customers do try. */
const mix = [
  { what: "create", share: 20 },
  { what: "suspend-account", share: 20 },
  { what: "activate-account", share: 20 },
  { what: "archive-account", share: 5 },
  { what: "read account", share: 10 },
  { what: "read row", share: 15 },
  { what: "query", share: 10 },
] as const;

/** The status that each command leads to. */
const leadsTo: Readonly<Record<string, string>> = {
  "suspend-account": "ACCOUNT_SUSPENDED",
  "activate-account": "ACCOUNT_ACTIVE",
  "archive-account": "ACCOUNT_ARCHIVED",
};

/** Every so many commands the view is asked for what was just written. */
const readBackEvery = 10;

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: { readonly status?: string; readonly version?: number };
}

/** Plays the mix at a set rate; each request starts on time or, when all hands are busy, as soon as one is free. */
export class Player {
  readonly #options: PlayerOptions;
  readonly #accounts: string[] = [];
  readonly #played: Played[] = [];
  readonly #run = Math.random().toString(36).slice(2, 8);
  #created = 0;
  #commands = 0;

  constructor(options: PlayerOptions) {
    this.#options = options;
  }

  async play(): Promise<readonly Played[]> {
    const { perSecond, concurrency, seconds } = this.#options;
    const total = Math.round(perSecond * seconds);
    const started = performance.now();
    const end = started + seconds * 1000;
    let next = 0;
    const hand = async () => {
      // A service that is too slow for the rate gets less than the total, not longer.
      for (let index = next++; index < total && performance.now() < end; index = next++) {
        const wait = started + (index * 1000) / perSecond - performance.now();
        if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
        await this.#playOne();
      }
    };
    await Promise.all(Array.from({ length: concurrency }, hand));
    return this.#played;
  }

  async #playOne(): Promise<void> {
    const id = this.#accounts[Math.floor(Math.random() * this.#accounts.length)];
    const what = id === undefined ? "create" : this.#choose();
    if (what === "create" || id === undefined) return this.#create();
    if (what === "read account") return void (await this.#request(what, `/v1/accounts/${id}`));
    if (what === "read row") return void (await this.#request(what, `/v1/views/accounts/${id}`));
    if (what === "query")
      return void (await this.#request(
        what,
        "/v1/views/accounts?status=ACCOUNT_ACTIVE&sort=-lastModified&limit=20",
      ));
    const answer = await this.#request(what, `/v1/accounts/${id}/commands/${what}`, {});
    if (answer?.status === 200 && ++this.#commands % readBackEvery === 0) {
      await this.#readBack(id, what, answer);
    }
  }

  async #create(): Promise<void> {
    const accountNumber = `T-${this.#run}-${++this.#created}`;
    const answer = await this.#request("create", "/v1/accounts", {
      userId: 1 + (this.#created % 500),
      accountNumber,
    });
    const id = answer?.headers.get("location")?.split("/").at(-1);
    if (answer?.status === 201 && id !== undefined) this.#accounts.push(id);
  }

  /** The view must show what the command led to, unless something came after it. */
  async #readBack(id: string, what: string, written: Answer): Promise<void> {
    const token = written.headers.get("millrace-token") ?? "";
    const headers = { "millrace-token": token };
    const row = await this.#request("read back", `/v1/views/accounts/${id}`, undefined, headers);
    if (row?.status === 200 && row.body.status === leadsTo[what]) return;
    const now = await this.#request("read account", `/v1/accounts/${id}`);
    if (row?.status === 200 && Number(now?.body.version) > Number(written.body.version)) return;
    const found = row?.status === 200 ? row.body.status : row?.status;
    this.#played.push({ what: "read back", outcome: `WRONG: ${found} after ${what}`, ms: 0 });
  }

  async #request(
    what: string,
    path: string,
    body?: unknown,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Answer | undefined> {
    const started = performance.now();
    let outcome: string;
    let answer: Answer | undefined;
    try {
      const response = await fetch(`${this.#options.url}${path}`, {
        ...(body === undefined ? {} : { method: "POST", body: JSON.stringify(body) }),
        headers: { ...(body === undefined ? {} : { "content-type": "application/json" }), ...headers },
      });
      const { status } = response;
      answer = { status, headers: response.headers, body: (await response.json()) as Answer["body"] };
      outcome = String(status);
    } catch (error) {
      outcome = `FAILED: ${error instanceof Error ? error.message : String(error)}`;
    }
    this.#played.push({ what, outcome, ms: performance.now() - started });
    return answer;
  }

  #choose(): (typeof mix)[number]["what"] {
    let at = Math.random() * 100;
    for (const { what, share } of mix) {
      at -= share;
      if (at < 0) return what;
    }
    return "query";
  }
}
