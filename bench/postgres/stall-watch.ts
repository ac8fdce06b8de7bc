import pg from "pg";

/** Looks, several times a second, at what the server's processes wait for, so that a stall can be explained afterwards. */
export class StallWatch {
  readonly #client: pg.Client;
  readonly #timer: NodeJS.Timeout;
  readonly #seen: { readonly at: number; readonly waits: readonly string[] }[] = [];
  #looking: Promise<void> = Promise.resolve();

  private constructor(client: pg.Client) {
    this.#client = client;
    this.#timer = setInterval(() => {
      this.#looking = this.#looking.then(() => this.#look());
    }, 200);
  }

  static async start(url: string): Promise<StallWatch> {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    return new StallWatch(client);
  }

  /** What was seen between two times in epoch milliseconds, most often first, with how often. */
  waitsBetween(from: number, to: number): string {
    const counts = new Map<string, number>();
    for (const { at, waits } of this.#seen) {
      if (at < from || at > to) continue;
      for (const wait of waits) counts.set(wait, (counts.get(wait) ?? 0) + 1);
    }
    const sorted = [...counts].sort(([, a], [, b]) => b - a);
    return sorted.map(([wait, count]) => `${wait} (${count})`).join(", ") || "nothing seen";
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#looking;
    await this.#client.end();
  }

  async #look(): Promise<void> {
    const { rows } = await this.#client.query<{ readonly wait: string }>(
      `SELECT backend_type || ': ' || coalesce(wait_event_type || '/' || wait_event, 'running') AS wait
      FROM pg_stat_activity
      WHERE pid <> pg_backend_pid() AND (state = 'active' OR backend_type <> 'client backend')
        AND coalesce(wait_event_type, '') <> 'Activity'`,
    );
    this.#seen.push({ at: Date.now(), waits: rows.map(({ wait }) => wait) });
  }
}
