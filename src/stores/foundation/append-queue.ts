import { isMillraceError, MillraceError } from "../../errors/millrace-error.ts";
import type { AppendResult } from "../../ports/event-store.ts";
import type { Telemetry } from "../../ports/telemetry.ts";
import type { EventRow } from "./event-row.ts";
import { inNextTurn } from "./next-turn.ts";
import type { PendingCommit } from "./pending-commit.ts";

/** What became of one member of a batch: a result, or an error of its own. */
export type MemberResult = { readonly result: AppendResult } | { readonly error: MillraceError };

/** A batch that is durable: what became of its members in their order, and the rows that were written in that of their positions. */
export interface WrittenBatch {
  readonly results: readonly MemberResult[];
  readonly rows: readonly EventRow[];
}

/** By index among the commits that wait, both in their order. */
export interface PickedBatch {
  readonly taken: readonly number[];
  readonly left: readonly number[];
}

export interface AppendQueueOptions {
  readonly maxWaitingAppends: number;
  readonly telemetry: Telemetry;
  /** Picks the next batch from the commits that wait, at least the first. */
  readonly pick: (waiting: readonly PendingCommit[]) => PickedBatch;
  /** Writes a batch, all that can be written of it in one transaction. Rejects with one of our errors. */
  readonly write: (commits: readonly PendingCommit[]) => Promise<WrittenBatch>;
  /** Told of the rows of each batch that is durable. */
  readonly onCommitted: (rows: readonly EventRow[]) => void;
}

interface Waiting {
  readonly commit: PendingCommit;
  readonly resolve: (result: AppendResult) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Group commit: appends that arrive while the event loop is busy, or a batch is under way, share the next one and its sync. A lone
 * append waits for no timer. One batch is under way at a time: each holds the lock of the log until it is durable, and others would
 * only wait for that.
 */
export class AppendQueue {
  readonly #options: AppendQueueOptions;
  #waiting: Waiting[] = [];
  #writing = false;

  constructor(options: AppendQueueOptions) {
    this.#options = options;
  }

  append(commit: PendingCommit): Promise<AppendResult> {
    const waiting = this.#waiting.length;
    if (waiting >= this.#options.maxWaitingAppends) {
      return Promise.reject(
        new MillraceError(
          "overloaded",
          `${waiting} appends wait already, and at most ${this.#options.maxWaitingAppends} may: try again shortly.`,
          { data: { waiting } },
        ),
      );
    }
    return new Promise((resolve, reject) => {
      this.#waiting.push({ commit, resolve, reject });
      if (!this.#writing) this.#writeSoon();
    });
  }

  /** After the callbacks of this turn of the event loop, so that all that they append travels together. */
  #writeSoon(): void {
    this.#writing = true;
    inNextTurn(() => {
      void this.#write(this.#takeBatch()).finally(() => {
        if (this.#waiting.length > 0) this.#writeSoon();
        else this.#writing = false;
      });
    });
  }

  /** Writes a batch and tells its members what became of them. Never rejects. */
  async #write(batch: readonly Waiting[]): Promise<void> {
    const { telemetry, write, onCommitted } = this.#options;
    const started = performance.now();
    let written: WrittenBatch;
    try {
      written = await write(batch.map(({ commit }) => commit));
    } catch (error) {
      // A fault of the database is everybody's. Any other can be one member's, who must not take the rest along (G11).
      const isOnesOwn = !isMillraceError(error) || error.code === "internal";
      if (isOnesOwn && batch.length > 1) for (const member of batch) await this.#write([member]);
      else for (const { reject } of batch) reject(error);
      return;
    }
    for (const [index, { resolve, reject }] of batch.entries()) {
      const member = written.results[index];
      if (member === undefined) reject(new MillraceError("internal", "A batch lost a member."));
      else if ("error" in member) reject(member.error);
      else resolve(member.result);
    }
    onCommitted(written.rows);
    telemetry.observe("millrace_append_batch_size", batch.length);
    telemetry.observe("millrace_append_seconds", (performance.now() - started) / 1000);
  }

  #takeBatch(): readonly Waiting[] {
    const waiting = this.#waiting;
    const { taken, left } = this.#options.pick(waiting.map(({ commit }) => commit));
    const at = (index: number) => waiting[index] as Waiting;
    this.#waiting = left.map(at);
    return left.length === 0 ? waiting : taken.map(at);
  }
}
