import type { EventQuery } from "../../message/event-query.ts";
import type { PickedBatch } from "../foundation/append-queue.ts";
import type { PendingCommit } from "../foundation/pending-commit.ts";

/** A batch is one transaction, under the lock of the log: large ones are slower for each caller and hold up other processes. */
const maxCommits = 512;
const maxSize = 4 * 2 ** 20;

/**
 * Picks the members of the next batch from the commits that wait. `@append` goes through them in order, but looks for
 * recorded commands and for events that conditions mean before anything is written: a commit that would have to see an
 * earlier one that way is left for the next batch, and so is every later one that has to do with it. Each then has the
 * result that it would have had alone, in the order of the calls (G11).
 */
export function pickBatch(waiting: readonly PendingCommit[]): PickedBatch {
  if (waiting.length === 1) return { taken: [0], left: [] };
  const taken: number[] = [];
  const left: number[] = [];
  const commandIds = new Set<string>();
  const streamsLeft = new Set<string>();
  const earlier = new SeenEvents();
  let size = 0;
  let isFull = false;
  for (const [index, commit] of waiting.entries()) {
    const { command, appends, conditions } = commit;
    isFull ||= taken.length >= maxCommits || size >= maxSize;
    const waits =
      isFull ||
      commandIds.has(command.id) ||
      appends.some(({ stream }) => streamsLeft.has(stream)) ||
      conditions.some(({ queries }) => queries.some((query) => earlier.mayHold(query)));
    if (waits) {
      left.push(index);
      for (const { stream } of appends) streamsLeft.add(stream);
      // What it looks for may be among the events of any that come after it.
      isFull ||= conditions.length > 0;
    } else {
      taken.push(index);
      size += commit.size;
    }
    if (isFull) continue;
    commandIds.add(command.id);
    earlier.add(commit);
  }
  return { taken, left };
}

/** The types and tags of events, without which of them belong together: enough to rule most queries out at once. */
class SeenEvents {
  readonly #types = new Set<string>();
  readonly #tags = new Set<string>();

  add({ appends }: PendingCommit): void {
    for (const { events } of appends) {
      for (const { type, tags } of events) {
        this.#types.add(type);
        for (const tag of tags) this.#tags.add(tag);
      }
    }
  }

  mayHold({ types, tags = [] }: EventQuery): boolean {
    return (
      this.#types.size > 0 &&
      tags.every((tag) => this.#tags.has(tag)) &&
      (types === undefined || types.some((type) => this.#types.has(type)))
    );
  }
}
