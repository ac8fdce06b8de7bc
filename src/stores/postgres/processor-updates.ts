import { isMillraceError } from "../../errors/millrace-error.ts";
import { type ProcessorState, unstartedProcessor } from "../../ports/processor-state.ts";
import type { Database } from "./database.ts";
import { lockFreeProcessors, lockProcessor, readProcessors, writeProcessors } from "./processor-rows.ts";

/** How long updates gather: timers that are set for one moment go off within two milliseconds. */
const gatherMs = 3;

type Change = (state: ProcessorState, now: number) => ProcessorState | undefined;

interface Update {
  readonly processor: string;
  readonly change: Change;
  readonly resolve: (state: ProcessorState) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Changes what is stored of processors. Those that are changed at one moment, as where all the leases of a process are
 * renewed, share a look and a transaction, except where somebody else holds one of them: nobody waits for another's lock.
 */
export class ProcessorUpdates {
  readonly #database: Database;
  #gathered: Update[] = [];

  constructor(database: Database) {
    this.#database = database;
  }

  make(processor: string, change: Change): Promise<ProcessorState> {
    return new Promise((resolve, reject) => {
      if (this.#gathered.length === 0) setTimeout(() => void this.#makeGathered(), gatherMs);
      this.#gathered.push({ processor, change, resolve, reject });
    });
  }

  /** Never rejects. */
  async #makeGathered(): Promise<void> {
    const gathered = this.#gathered;
    this.#gathered = [];
    const byProcessor = new Map(gathered.map((update) => [update.processor, update]));
    let made: ReadonlyMap<string, ProcessorState> = new Map();
    try {
      if (byProcessor.size > 1) made = await this.#makeTogether(byProcessor);
    } catch (error) {
      // A fault of the database is everybody's. Any other can be one's own, who is told when it is made alone.
      if (isMillraceError(error) && error.code !== "internal") {
        for (const { reject } of gathered) reject(error);
        return;
      }
    }
    for (const update of gathered) {
      const state = byProcessor.get(update.processor) === update ? made.get(update.processor) : undefined;
      if (state !== undefined) update.resolve(state);
      else this.#makeAlone(update).then(update.resolve, update.reject);
    }
  }

  /** Resolves with the states afterwards of those that nobody else held. */
  #makeTogether(updates: ReadonlyMap<string, Update>): Promise<ReadonlyMap<string, ProcessorState>> {
    return this.#database.transaction(
      async (session) => {
        const free = await lockFreeProcessors(session, [...updates.keys()]);
        if (free.length === 0) return new Map();
        const { states, now } = await readProcessors(session, free);
        const changed = new Map<string, ProcessorState>();
        for (const [processor, state] of states) {
          const next = updates.get(processor)?.change(state, now);
          if (next !== undefined) changed.set(processor, next);
        }
        if (changed.size > 0) await writeProcessors(session, changed);
        return new Map([...states, ...changed]);
      },
      { repeatable: true },
    );
  }

  async #makeAlone({ processor, change }: Update): Promise<ProcessorState> {
    // Most single calls find nothing to do, and a look takes no lock from those who write.
    const seen = await readProcessor(this.#database, processor);
    if (change(seen.state, seen.now) === undefined) return seen.state;
    return this.#database.transaction(
      async (session) => {
        await lockProcessor(session, processor);
        const { state, now } = await readProcessor(session, processor);
        const changed = change(state, now);
        if (changed !== undefined) await writeProcessors(session, new Map([[processor, changed]]));
        return changed ?? state;
      },
      { repeatable: true },
    );
  }
}

async function readProcessor(
  session: Parameters<typeof readProcessors>[0],
  processor: string,
): Promise<{ readonly state: ProcessorState; readonly now: number }> {
  const { states, now } = await readProcessors(session, [processor]);
  return { state: states.get(processor) ?? unstartedProcessor, now };
}
