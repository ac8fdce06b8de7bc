import { MillraceError } from "../../errors/millrace-error.ts";
import type { Clock } from "../../ports/clock.ts";
import type { AppendResult } from "../../ports/event-store.ts";
import type { Telemetry } from "../../ports/telemetry.ts";
import type { EventRow } from "../foundation/event-row.ts";
import type { PendingCommit } from "../foundation/pending-commit.ts";
import type { CommitWriter } from "./commit-writer.ts";
import type { Connection } from "./connection.ts";
import { storageError } from "./storage-error.ts";
import { type LockPatience, whenUnlocked } from "./when-unlocked.ts";

/** A batch is one transaction and one turn of the event loop: some milliseconds at these sizes. */
const maxBatchCommits = 512;
const maxBatchSize = 4 * 2 ** 20;

interface Waiting {
  readonly commit: PendingCommit;
  readonly resolve: (result: AppendResult) => void;
  readonly reject: (error: unknown) => void;
}

export interface AppendQueueOptions {
  readonly patience: LockPatience;
  readonly maxWaitingAppends: number;
  readonly telemetry: Telemetry;
  readonly clock: Clock;
  /** Told of the rows of each batch that is durable. */
  readonly onCommitted: (rows: readonly EventRow[]) => void;
}

/**
 * Group commit: appends that arrive while the event loop is busy, or while a batch is being written, share the next
 * transaction and its one sync. A lone append waits for no timer.
 */
export class AppendQueue {
  readonly #connection: Connection;
  readonly #writer: CommitWriter;
  readonly #options: AppendQueueOptions;
  #waiting: Waiting[] = [];
  #writing = false;

  constructor(connection: Connection, writer: CommitWriter, options: AppendQueueOptions) {
    this.#connection = connection;
    this.#writer = writer;
    this.#options = options;
  }

  append(commit: PendingCommit): Promise<AppendResult> {
    if (this.#waiting.length >= this.#options.maxWaitingAppends) {
      return Promise.reject(
        new MillraceError(
          "overloaded",
          `${this.#waiting.length} appends wait already, and at most ${this.#options.maxWaitingAppends} may: try again shortly.`,
          { data: { waiting: this.#waiting.length } },
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
    setImmediate(() => {
      void this.#write(this.#takeBatch()).finally(() => {
        if (this.#waiting.length > 0) this.#writeSoon();
        else this.#writing = false;
      });
    });
  }

  /** Writes a batch and tells its members what became of them. Never rejects. */
  async #write(batch: readonly Waiting[]): Promise<void> {
    const { patience, telemetry, clock, onCommitted } = this.#options;
    const commits = batch.map(({ commit }) => commit);
    const started = performance.now();
    let written: ReturnType<CommitWriter["write"]>;
    try {
      written = await whenUnlocked(patience, () =>
        this.#connection.transaction("immediate", () => this.#writer.write(commits, clock.now())),
      );
    } catch (cause) {
      this.#writer.forget();
      const error = storageError(cause, patience.path);
      // A fault of the database is everybody's. Any other can be one member's, who must not take the rest along (G11).
      if (error.code === "internal" && batch.length > 1)
        for (const member of batch) await this.#write([member]);
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
    let count = 0;
    for (
      let size = 0;
      count < this.#waiting.length && count < maxBatchCommits && size < maxBatchSize;
      count++
    ) {
      size += this.#waiting[count]?.commit.size ?? 0;
    }
    return this.#waiting.splice(0, count);
  }
}
