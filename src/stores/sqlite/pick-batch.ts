import type { PickedBatch } from "../foundation/append-queue.ts";
import type { PendingCommit } from "../foundation/pending-commit.ts";

/** A batch is one transaction and one turn of the event loop: some milliseconds at these sizes. */
const maxCommits = 512;
const maxSize = 4 * 2 ** 20;

/** Picks the first of the commits that wait, as many as a batch may hold: each is written after those before it, and sees what they did. */
export function pickBatch(waiting: readonly PendingCommit[]): PickedBatch {
  let size = 0;
  let count = 0;
  while (count < waiting.length && count < maxCommits && size < maxSize) size += waiting[count++]?.size ?? 0;
  const indexes = [...waiting.keys()];
  return { taken: indexes.slice(0, count), left: indexes.slice(count) };
}
