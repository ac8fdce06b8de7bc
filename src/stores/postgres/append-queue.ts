import { isMillraceError, MillraceError } from "../../errors/millrace-error.ts";
import type { AppendResult } from "../../ports/event-store.ts";
import type { Telemetry } from "../../ports/telemetry.ts";
import type { EventRow } from "../foundation/event-row.ts";
import type { PendingCommit } from "../foundation/pending-commit.ts";
import { type MemberResult, readAnswer } from "./batch.ts";
import { pickBatch } from "./pick-batch.ts";

interface Waiting {
  readonly commit: PendingCommit;
  readonly resolve: (result: AppendResult) => void;
  readonly reject: (error: unknown) => void;
}

export interface AppendQueueOptions {
  readonly logId: string;
  readonly maxWaitingAppends: number;
  readonly telemetry: Telemetry;
  /** Appends a batch, durably, and resolves with the answer of `@append`; may run twice without harm (G4). */
  readonly append: (commits: readonly PendingCommit[]) => Promise<string>;
  /** Told of the rows of each batch that is durable. */
  readonly onCommitted: (rows: readonly EventRow[]) => void;
}

/**
 * Group commit: appends that arrive while a batch is under way share the next one, its round trip and its sync. A lone append
 * waits for no timer. One batch is under way at a time: it holds the lock of the log until it is durable, and others would only
 * wait for that.
 */
export class AppendQueue {
  readonly #options: AppendQueueOptions;
  #waiting: Waiting[] = [];
  #writing = false;

  constructor(options: AppendQueueOptions) {
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
      this.#writeSoon();
    });
  }

  /** After the callbacks of this turn of the event loop, so that all that they append travels together. */
  #writeSoon(): void {
    if (this.#writing) return;
    this.#writing = true;
    setImmediate(() => {
      void this.#write(this.#takeBatch()).finally(() => {
        this.#writing = false;
        if (this.#waiting.length > 0) this.#writeSoon();
      });
    });
  }

  /** Writes a batch and tells its members what became of them. Never rejects. */
  async #write(batch: readonly Waiting[]): Promise<void> {
    const { logId, telemetry, append, onCommitted } = this.#options;
    const commits = batch.map(({ commit }) => commit);
    const started = performance.now();
    let written: { readonly results: readonly MemberResult[]; readonly rows: readonly EventRow[] };
    try {
      written = readAnswer(await append(commits), commits, logId);
    } catch (error) {
      // A fault of the database is everybody's. Any other can be one member's, who must not take the rest along (G11).
      const isOnesOwn = !isMillraceError(error) || error.code === "internal";
      if (isOnesOwn && batch.length > 1) for (const member of batch) await this.#write([member]);
      else for (const { reject } of batch) reject(error);
      return;
    }
    for (const [index, { resolve, reject }] of batch.entries()) {
      const member = written.results[index] as MemberResult;
      if ("error" in member) reject(member.error);
      else resolve(member.result);
    }
    onCommitted(written.rows);
    telemetry.observe("millrace_append_batch_size", batch.length);
    telemetry.observe("millrace_append_seconds", (performance.now() - started) / 1000);
  }

  #takeBatch(): readonly Waiting[] {
    const waiting = this.#waiting;
    const { taken, left } = pickBatch(waiting.map(({ commit }) => commit));
    const at = (index: number) => waiting[index] as Waiting;
    this.#waiting = left.map(at);
    return taken.map(at);
  }
}
