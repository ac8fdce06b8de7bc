import type { EventStore } from "../ports/event-store.ts";

interface Resting {
  readonly after: number;
  readonly end: (isMore: boolean) => void;
}

/**
 * The rest of processors that drain together. One that has nothing to do rests until there are events again, which another one may yet cause;
 * once all rest at the head of the log, all are done. So none waits for one that takes long.
 */
export class SharedRest {
  readonly #events: EventStore;
  readonly #whenAllRest: () => Promise<void>;
  readonly #resting = new Set<Resting>();
  #awake: number;
  /** The look-out for events after a position, while some rest and others do not. */
  #watch: { readonly after: number; readonly ending: AbortController } | undefined;
  #isOver = false;
  /** What it failed with, where it did: then every rest has ended. */
  failure: unknown;

  /** `whenAllRest` is done before they are: it may cause events. */
  constructor(events: EventStore, processors: number, whenAllRest: () => Promise<void>) {
    this.#events = events;
    this.#awake = processors;
    this.#whenAllRest = whenAllRest;
  }

  /** Resolves with whether there are events after those that a processor has seen; if not, all are done, or the time is over. */
  rest(after: number): Promise<boolean> {
    if (this.#isOver) return Promise.resolve(false);
    return new Promise((resolve) => {
      this.#resting.add({ after, end: resolve });
      this.leave();
    });
  }

  /** One processor less. */
  leave(): void {
    if (this.#isOver) return;
    this.#awake--;
    const looked = this.#awake === 0 ? this.#settle() : this.#lookOut();
    looked.catch((error: unknown) => {
      this.failure ??= error;
      this.end();
    });
  }

  /** Ends every rest: the time is over. */
  end(): void {
    this.#isOver = true;
    this.#watch?.ending.abort();
    for (const { end } of this.#resting) end(false);
    this.#resting.clear();
  }

  async #settle(): Promise<void> {
    await this.#whenAllRest();
    await this.#wake();
    if (this.#awake === 0) this.end();
  }

  /** Wakes who rests as soon as there is something for it. A look-out for what comes later than that is given up. */
  async #lookOut(): Promise<void> {
    const after = Math.min(...[...this.#resting].map((resting) => resting.after));
    if (this.#isOver || !Number.isFinite(after) || (this.#watch !== undefined && this.#watch.after <= after))
      return;
    this.#watch?.ending.abort();
    const watch = { after, ending: new AbortController() };
    this.#watch = watch;
    await this.#events.waitForEvents(after, watch.ending.signal);
    if (this.#watch !== watch || this.#isOver) return;
    this.#watch = undefined;
    await this.#wake();
    if (this.#awake > 0) await this.#lookOut();
  }

  async #wake(): Promise<void> {
    const { position } = await this.#events.head();
    for (const resting of this.#resting) {
      if (resting.after >= position) continue;
      this.#resting.delete(resting);
      this.#awake++;
      resting.end(true);
    }
  }
}
