/** Counts requests that have no answer yet, so that stopping can wait for them. A stream counts until it begins. */
export class RequestsInWork {
  #count = 0;
  #whenIdle: (() => void)[] = [];

  async track<T>(work: () => Promise<T> | T): Promise<T> {
    this.#count += 1;
    try {
      return await work();
    } finally {
      this.#count -= 1;
      if (this.#count === 0) for (const resolve of this.#whenIdle.splice(0)) resolve();
    }
  }

  /** Resolves once no request is in work. */
  idle(): Promise<void> {
    if (this.#count === 0) return Promise.resolve();
    return new Promise((resolve) => this.#whenIdle.push(resolve));
  }
}
