import type { ViewDefinition } from "../domain/view.ts";
import { isMillraceError } from "../errors/millrace-error.ts";
import type { Clock } from "../ports/clock.ts";
import type { StateStore } from "../ports/state-store.ts";
import type { Telemetry } from "../ports/telemetry.ts";

/** How long a process counts as a reader that says nothing more, and how often it says so: with room for two that are lost. */
const readingMs = 30_000;
const renewMs = 10_000;

/**
 * Tells the state store which versions of views this process answers from, as long as it runs, so that nobody drops their tables
 * (G9). Where it may write nothing, as on a replica, it leaves that to others.
 */
export class ViewReader {
  readonly #views: readonly ViewDefinition[];
  readonly #states: StateStore;
  readonly #clock: Clock;
  readonly #telemetry: Telemetry;
  readonly #id: string;
  readonly #stopping = new AbortController();
  #running: Promise<void> | undefined;
  /** When it is to be said again, by the elapsed time. */
  #dueAt = 0;

  constructor(parts: {
    views: readonly ViewDefinition[];
    states: StateStore;
    clock: Clock;
    telemetry: Telemetry;
    id: string;
  }) {
    this.#views = parts.views;
    this.#states = parts.states;
    this.#clock = parts.clock;
    this.#telemetry = parts.telemetry;
    this.#id = parts.id;
  }

  /** Resolves once it was said for the first time. */
  async start(): Promise<void> {
    if (await this.#announce(readingMs)) this.#running = this.#keepAnnouncing();
  }

  /** Says it where that is due: for where nothing runs on by itself between requests. */
  async announceWhereDue(): Promise<void> {
    const now = this.#clock.elapsed();
    if (now < this.#dueAt) return;
    this.#dueAt = now + renewMs;
    await this.#announce(readingMs);
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    if (this.#running === undefined) return;
    await this.#running;
    await this.#announce(0);
  }

  async #keepAnnouncing(): Promise<void> {
    const { signal } = this.#stopping;
    for (;;) {
      await this.#clock.sleep(renewMs, signal);
      if (signal.aborted) return;
      await this.#announce(readingMs);
    }
  }

  /** Whether this process may write it down at all. Never rejects: what could not be said now is said again soon. */
  async #announce(forMs: number): Promise<boolean> {
    try {
      for (const { name, version } of this.#views) {
        await this.#states.announceReader(name, version, this.#id, forMs);
      }
      return true;
    } catch (error) {
      const mayNot = isMillraceError(error, "store-read-only");
      this.#telemetry.log(mayNot ? "debug" : "warn", "It was not noted which views are read here.", {
        error: String(error),
      });
      return !mayNot;
    }
  }
}
