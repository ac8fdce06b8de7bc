/** Calls back after the callbacks of this turn of the event loop. Not every platform has the call that waits for nothing else. */
export const inNextTurn: (work: () => void) => void =
  globalThis.setImmediate === undefined
    ? (work) => void setTimeout(work, 0)
    : (work) => void globalThis.setImmediate(work);

/** Resolves after the callbacks of this turn of the event loop. */
export function nextTurn(): Promise<void> {
  return new Promise(inNextTurn);
}
