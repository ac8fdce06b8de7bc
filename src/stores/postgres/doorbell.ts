import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import { type Database, keepAliveInitialDelayMillis } from "./database.ts";
import { quoted } from "./sql-name.ts";

/** Between attempts to listen again, jittered and doubled. */
const firstWaitMs = 100;
const lastWaitMs = 10_000;

/** Rings follow each other no faster: others' readers are this much late at most, and appends not held up. */
const ringIntervalMs = 10;

/**
 * Tells other processes that the log has grown, and hears it from them, with LISTEN and NOTIFY on a connection of its own
 * that is made again when it is lost. A hint only: what it misses, the poll behind it finds.
 */
export class Doorbell {
  readonly #database: Database;
  readonly #url: string;
  readonly #channel: string;
  readonly #onRing: (position: number) => void;
  #client: pg.Client | undefined;
  #timer: NodeJS.Timeout | undefined;
  #failures = 0;
  #closed = false;
  #ringing = false;
  #rungFor = 0;
  #position = 0;

  constructor(parts: {
    readonly database: Database;
    readonly url: string;
    readonly channel: string;
    readonly onRing: (position: number) => void;
  }) {
    this.#database = parts.database;
    this.#url = parts.url;
    this.#channel = parts.channel;
    this.#onRing = parts.onRing;
  }

  /** Begins to listen; returns at once. */
  listen(): void {
    void this.#connect();
  }

  /**
   * Rings for a position, after its commit and not within, where the notification would have all commits of the server
   * take turns. At once after a silence, then at intervals, each ring for all appends in between.
   */
  ring(position: number): void {
    this.#position = position;
    if (!this.#ringing) void this.#ring();
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.#client?.end().catch(() => {});
  }

  async #ring(): Promise<void> {
    this.#ringing = true;
    while (this.#rungFor < this.#position && !this.#closed) {
      this.#rungFor = this.#position;
      try {
        // A notification is a transaction, and not worth a sync.
        await this.#database.all(
          "SELECT set_config('synchronous_commit', 'off', true), pg_notify($1, $2)",
          [this.#channel, String(this.#rungFor)],
          { brief: true },
        );
      } catch {
        // The poll of the others finds it.
      }
      await delay(ringIntervalMs, undefined, { ref: false });
    }
    this.#ringing = false;
  }

  async #connect(): Promise<void> {
    const client = new pg.Client({
      connectionString: this.#url,
      application_name: "millrace doorbell",
      keepAlive: true,
      keepAliveInitialDelayMillis,
    });
    this.#client = client;
    client.on("notification", ({ payload }) => this.#onRing(Number(payload)));
    let isLost = false;
    const lost = () => {
      if (isLost || this.#closed) return;
      isLost = true;
      client.end().catch(() => {});
      const waitMs = Math.random() * Math.min(lastWaitMs, firstWaitMs * 2 ** this.#failures++);
      this.#timer = setTimeout(() => void this.#connect(), waitMs);
    };
    client.on("error", lost);
    client.on("end", lost);
    try {
      await client.connect();
      await client.query(`LISTEN ${quoted(this.#channel)}`);
      this.#failures = 0;
      if (this.#closed) await client.end();
    } catch {
      lost();
    }
  }
}
