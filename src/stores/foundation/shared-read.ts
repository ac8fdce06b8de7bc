import { nextTurn } from "./next-turn.ts";

/**
 * Has callers of one turn of the event loop share one read. It begins after all of them have called, so none is told of what was
 * before its call.
 */
export function sharedRead<T>(read: () => Promise<T>): () => Promise<T> {
  let next: Promise<T> | undefined;
  return () => {
    next ??= nextTurn().then(() => {
      next = undefined;
      return read();
    });
    return next;
  };
}
