/**
 * Lets one caller at a time work on a stream, in the order of their calls, so that commands of one process on one
 * aggregate wait for one another instead of meeting in conflicts.
 */
export class StreamTurns {
  readonly #last = new Map<string, Promise<unknown>>();

  async take<T>(stream: string, work: () => Promise<T>): Promise<T> {
    const before = this.#last.get(stream);
    const turn = before === undefined ? work() : before.then(work, work);
    this.#last.set(stream, turn);
    try {
      return await turn;
    } finally {
      if (this.#last.get(stream) === turn) this.#last.delete(stream);
    }
  }
}
