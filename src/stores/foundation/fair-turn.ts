import { inNextTurn, nextTurn } from "./next-turn.ts";

/** A turn of the event loop that is longer than this makes timers late and requests wait. */
const longTurnMs = 10;

let turnBegan: number | undefined;

/**
 * Work on SQLite is synchronous, and awaiting its result is no pause: a caller that reads page after page would keep everybody
 * else out. So work that begins late in a turn of the event loop waits for the next; undefined says to go on at once.
 */
export function fairTurn(): Promise<void> | undefined {
  const now = performance.now();
  if (turnBegan === undefined) {
    turnBegan = now;
    inNextTurn(() => {
      turnBegan = undefined;
    });
  }
  if (now - turnBegan < longTurnMs) return undefined;
  return nextTurn();
}
