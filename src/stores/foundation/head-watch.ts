type Timer = ReturnType<typeof setTimeout>;

/** The first look at the database for others' events comes so soon, then less and less often while nothing happens. */
const firstPollMs = 20;

/**
 * Tells who waits for events that the log has grown: at once for what this process appends, and by a poll for what
 * others do. Nobody waiting means no poll.
 */
export class HeadWatch {
  readonly #readHead: () => number | Promise<number>;
  readonly #lastPollMs: number;
  readonly #waiting = new Set<{ readonly after: number; readonly wake: () => void }>();
  #head = 0;
  #closed = false;
  #pollMs = firstPollMs;
  #timer: Timer | undefined;

  /** `readHead` gives the last position of the log; a look that fails is one that saw nothing new. */
  constructor(readHead: () => number | Promise<number>, { lastPollMs }: { readonly lastPollMs: number }) {
    this.#readHead = readHead;
    this.#lastPollMs = lastPollMs;
  }

  grewTo(position: number): void {
    this.#head = Math.max(this.#head, position);
    this.#pollMs = firstPollMs;
    for (const waiter of this.#waiting) if (waiter.after < this.#head) waiter.wake();
  }

  /** Resolves when there are events after a position, the signal aborts or the watch is closed; never rejects. */
  wait(after: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted || this.#closed || this.#head > after) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = () => {
        this.#waiting.delete(waiter);
        signal.removeEventListener("abort", wake);
        if (this.#waiting.size === 0) this.#stopPolling();
        resolve();
      };
      const waiter = { after, wake };
      this.#waiting.add(waiter);
      signal.addEventListener("abort", wake);
      // A look may take as long as an outage does: who waits is woken by it, and does not wait for it.
      void this.#look().then(() => {
        if (this.#waiting.has(waiter)) this.#startPolling();
      });
    });
  }

  /** Wakes everybody. */
  close(): void {
    this.#closed = true;
    for (const { wake } of this.#waiting) wake();
  }

  async #look(): Promise<void> {
    try {
      const head = await this.#readHead();
      if (head > this.#head) this.grewTo(head);
    } catch {
      // Whoever reads next is told what is wrong.
    }
  }

  #startPolling(): void {
    if (this.#timer !== undefined) return;
    const timer = setTimeout(() => void this.#poll(timer), this.#pollMs);
    this.#timer = timer;
  }

  async #poll(timer: Timer): Promise<void> {
    const before = this.#head;
    await this.#look();
    // Everybody may have gone during the look, and others have come who began a poll of their own.
    if (this.#timer !== timer) return;
    this.#timer = undefined;
    if (this.#head === before) this.#pollMs = Math.min(this.#lastPollMs, this.#pollMs * 1.5);
    if (this.#waiting.size > 0) this.#startPolling();
  }

  #stopPolling(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
