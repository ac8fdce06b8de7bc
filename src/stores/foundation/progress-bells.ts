/** Wakes, within this process, whoever waits for a processor to move. */
export class ProgressBells {
  readonly #waiting = new Map<string, Set<() => void>>();

  ring(processor: string): void {
    const waiting = this.#waiting.get(processor);
    if (waiting !== undefined) for (const wake of [...waiting]) wake();
  }

  /** Resolves at the next ring or when the signal aborts; never rejects. */
  wait(processor: string, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const waiting = this.#waiting.get(processor) ?? new Set();
      this.#waiting.set(processor, waiting);
      const wake = () => {
        waiting.delete(wake);
        if (waiting.size === 0 && this.#waiting.get(processor) === waiting) this.#waiting.delete(processor);
        signal.removeEventListener("abort", wake);
        resolve();
      };
      waiting.add(wake);
      signal.addEventListener("abort", wake);
    });
  }

  /** Wakes everybody. */
  close(): void {
    for (const processor of [...this.#waiting.keys()]) this.ring(processor);
  }
}
