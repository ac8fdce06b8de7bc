/** The first look at the database for others' events comes so soon, then less and less often while nothing happens. */
const firstPollMs = 20;
/** A look costs microseconds, so four a second are next to nothing, and the other process's reader is hardly late. */
const lastPollMs = 250;

/**
 * Tells who waits for events that the log has grown: at once for what this process appends, and by a poll for what
 * others do. Nobody waiting means no poll.
 */
export class HeadWatch {
  readonly #readHead: () => number;
  readonly #waiting = new Set<{ readonly after: number; readonly wake: () => void }>();
  #head = 0;
  #pollMs = firstPollMs;
  #timer: NodeJS.Timeout | undefined;

  /** `readHead` gives the last position of the log, or the last one known where it cannot be read. */
  constructor(readHead: () => number) {
    this.#readHead = readHead;
  }

  grewTo(position: number): void {
    this.#head = Math.max(this.#head, position);
    this.#pollMs = firstPollMs;
    for (const waiter of this.#waiting) if (waiter.after < this.#head) waiter.wake();
  }

  wait(after: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted || this.#head > after) return Promise.resolve();
    const head = this.#readHead();
    if (head > this.#head) this.grewTo(head);
    if (head > after) return Promise.resolve();
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
      this.#startPolling();
    });
  }

  /** Wakes everybody. */
  close(): void {
    for (const { wake } of this.#waiting) wake();
  }

  #startPolling(): void {
    if (this.#timer !== undefined) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      const head = this.#readHead();
      if (head > this.#head) this.grewTo(head);
      else this.#pollMs = Math.min(lastPollMs, this.#pollMs * 1.5);
      if (this.#waiting.size > 0) this.#startPolling();
    }, this.#pollMs);
  }

  #stopPolling(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
