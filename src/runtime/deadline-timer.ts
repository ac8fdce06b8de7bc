import QuickLRU from "quick-lru";
import type { ProcessDefinition } from "../domain/process.ts";
import { type DeadlineRow, passing } from "../domain/process-parts.ts";
import { derivedId } from "../message/id.ts";
import type { Clock } from "../ports/clock.ts";
import type { StateStore } from "../ports/state-store.ts";
import type { Telemetry } from "../ports/telemetry.ts";
import type { RowQuery, StoredRow, ViewTable } from "../ports/view-table.ts";
import type { SendCommand } from "./send-command.ts";
import { tablesAmong } from "./view-tables.ts";

/** How often the tables of timers are looked at: a deadline passes at most so much late. */
const lookEveryMs = 1000;

/** For so long it is taken for granted which tables there are. */
const listEveryMs = 5000;

/** An instance that is still in the table after this long is told again: it could not be told, or the view is far behind. */
const againAfterMs = 10_000;

/** Rows looked at in one go. */
const pageSize = 100;

/**
 * Tells instances of processes that their deadlines have passed. Every process that runs processors does; the append decides which
 * of them was first, and whether the deadline was cancelled before, so a deadline passes once, also after a downtime.
 */
export class DeadlineTimer {
  readonly #processes: readonly ProcessDefinition[];
  readonly #states: StateStore;
  readonly #clock: Clock;
  readonly #telemetry: Telemetry;
  readonly #send: SendCommand;
  /** Deadlines that were told of lately, and when, by the elapsed time: they leave the table once the view has seen it. */
  readonly #told = new QuickLRU<string, number>({ maxSize: 5000 });
  readonly #stopping = new AbortController();
  #running: Promise<void> | undefined;

  constructor(parts: {
    processes: readonly ProcessDefinition[];
    states: StateStore;
    clock: Clock;
    telemetry: Telemetry;
    send: SendCommand;
  }) {
    this.#processes = parts.processes;
    this.#states = parts.states;
    this.#clock = parts.clock;
    this.#telemetry = parts.telemetry;
    this.#send = parts.send;
  }

  start(): void {
    if (this.#processes.length > 0) this.#running ??= this.#run();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  /** Passes the deadlines that are due of processes whose table of timers is asked for. Resolves with the milliseconds until the next. */
  async passDue(isAsked: (table: string) => boolean): Promise<number> {
    let next = Number.POSITIVE_INFINITY;
    const tables = await this.#states.listTables();
    for (const process of this.#processes) {
      if (isAsked(process.deadlines.name)) next = Math.min(next, await this.#passDue(process, tables));
    }
    return next - this.#clock.now();
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    let tables: readonly ViewTable[] = [];
    let listedAt = Number.NEGATIVE_INFINITY;
    while (!signal.aborted) {
      let next = Number.POSITIVE_INFINITY;
      for (const process of this.#processes) {
        try {
          if (this.#clock.elapsed() - listedAt > listEveryMs) {
            tables = await this.#states.listTables();
            listedAt = this.#clock.elapsed();
          }
          next = Math.min(next, await this.#passDue(process, tables));
        } catch (error) {
          if (signal.aborted) return;
          // The table may be another one now.
          listedAt = Number.NEGATIVE_INFINITY;
          this.#telemetry.log("error", "The deadlines of a process could not be looked at.", {
            process: process.name,
            error: String(error),
          });
        }
      }
      await this.#clock.sleep(Math.min(lookEveryMs, Math.max(1, next - this.#clock.now())), signal);
    }
  }

  /** Passes what is due. Resolves with when the next deadline is, as far as is known. */
  async #passDue(process: ProcessDefinition, tables: readonly ViewTable[]): Promise<number> {
    const [table] = tablesAmong(tables, process.deadlines);
    let after: RowQuery["after"];
    while (table !== undefined) {
      const { rows, more } = await this.#states.queryRows(table, {
        filters: [],
        sort: { field: "next", direction: "asc" },
        limit: pageSize,
        ...(after === undefined ? {} : { after }),
      });
      const now = this.#clock.now();
      const due = rows.filter((row) => nextOf(row) <= now);
      await Promise.all(due.map((row) => this.#pass(process, row, now)));
      const [first] = rows.slice(due.length);
      if (first !== undefined) return nextOf(first);
      const last = rows.at(-1);
      if (!more || last === undefined) break;
      after = { value: nextOf(last), key: last.key };
    }
    return Number.POSITIVE_INFINITY;
  }

  #wasTold(commandId: string): boolean {
    const toldAt = this.#told.get(commandId);
    return toldAt !== undefined && this.#clock.elapsed() - toldAt < againAfterMs;
  }

  /** Tells one instance; where it cannot be told, it is told again after a while, and nobody else waits for that. */
  async #pass({ name, aggregate }: ProcessDefinition, { key, row }: StoredRow, now: number): Promise<void> {
    const { deadlines } = row as unknown as DeadlineRow;
    for (const [deadline, { number, at, correlationId }] of Object.entries(deadlines)) {
      const commandId = derivedId("deadline", name, key, number);
      if (at > now || this.#wasTold(commandId)) continue;
      this.#told.set(commandId, this.#clock.elapsed());
      try {
        await this.#send({
          call: passing(aggregate, key, { deadline, number }),
          commandId,
          metadata: { correlationId, depth: 0 },
        });
      } catch (error) {
        this.#telemetry.log(
          "error",
          "An instance of a process could not be told that a deadline has passed.",
          {
            process: name,
            instance: key,
            deadline,
            error: String(error),
          },
        );
      }
    }
  }
}

function nextOf({ row }: StoredRow): number {
  return (row as unknown as DeadlineRow).next;
}
