import type { AnyContract } from "../domain/contract.ts";
import type { Clock } from "../ports/clock.ts";
import type { EventStore } from "../ports/event-store.ts";
import type { FeedSource } from "../ports/feed-source.ts";
import { followedCursor } from "./followed-feed.ts";
import { passTime } from "./pass-time.ts";

/** Longer than the other service takes for a page that is there. */
const timeoutMs = 2000;

/** What a look at a feed found: that the log has all of it, that there is more on its way, or nothing. */
export type Sight = "nothing-new" | "news" | "unreachable";

/** Looks whether the log of this service has all that another one has published, for those who must not go by old news. */
export class FeedLookout {
  readonly #contract: AnyContract;
  readonly #source: FeedSource | undefined;
  readonly #events: EventStore;
  readonly #clock: Clock;
  #looking: Promise<Sight> | undefined;
  #next: Promise<Sight> | undefined;
  /** When the look began that last found nothing new. */
  #confirmedAt = Number.NEGATIVE_INFINITY;

  constructor(parts: {
    contract: AnyContract;
    source: FeedSource | undefined;
    events: EventStore;
    clock: Clock;
  }) {
    this.#contract = parts.contract;
    this.#source = parts.source;
    this.#events = parts.events;
    this.#clock = parts.clock;
  }

  /** Whether the log was found to have everything at most so long ago. */
  confirmedWithin(ms: number): boolean {
    return this.#clock.elapsed() - this.#confirmedAt <= ms;
  }

  /** Looks once; whoever asks meanwhile shares the look that begins after this one. Never rejects. */
  look(): Promise<Sight> {
    if (this.#looking === undefined) return this.#begin();
    this.#next ??= this.#looking.then(() => {
      this.#next = undefined;
      return this.#begin();
    });
    return this.#next;
  }

  /** Waits until the log of this service is beyond a position; resolves with whether it was in time. */
  async waitBeyond(position: number, ms: number): Promise<boolean> {
    if (ms <= 0) return false;
    const waiting = new AbortController();
    const timer = passTime(this.#clock, ms, waiting.signal).then(() => waiting.abort("late"));
    await this.#events.waitForEvents(position, waiting.signal);
    const isLate = waiting.signal.aborted;
    waiting.abort("news");
    await timer;
    return !isLate;
  }

  #begin(): Promise<Sight> {
    const looking = this.#look().finally(() => {
      if (this.#looking === looking) this.#looking = undefined;
    });
    this.#looking = looking;
    return looking;
  }

  async #look(): Promise<Sight> {
    if (this.#source === undefined) return "unreachable";
    const began = this.#clock.elapsed();
    const over = new AbortController();
    const timer = passTime(this.#clock, timeoutMs, over.signal).then(() => over.abort("late"));
    try {
      const { events: types } = this.#contract.definition;
      for (let after = await followedCursor(this.#events, this.#contract); ; ) {
        const page = await this.#source.read({
          ...(after === undefined ? {} : { after }),
          types: Object.keys(types),
          limit: 1,
          waitMs: 0,
          signal: over.signal,
        });
        if (over.signal.aborted) return "unreachable";
        if (page.events.length > 0) return "news";
        if (!page.more) break;
        after = page.next;
      }
      this.#confirmedAt = began;
      return "nothing-new";
    } catch {
      // What is wrong with it shows at the subscription, which reads the same feed.
      return "unreachable";
    } finally {
      over.abort("over");
      await timer;
    }
  }
}
