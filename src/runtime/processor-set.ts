import type { ProcessorEngine } from "./processor-engine.ts";
import { ProcessorLoop } from "./processor-loop.ts";
import type { ProcessorParts } from "./processor-turns.ts";
import { processorsOf, viewProcessor } from "./processors-of.ts";
import { ViewUpkeep } from "./view-upkeep.ts";

/** How often the tables of views are looked at: a rebuild asked for in another process begins within this time. */
const refreshMs = 3000;

/** So long a start waits for processors to begin: others may hold what they need. */
const beginMs = 1000;

/** The processors of a service in this process: a loop for every policy, projection and subscription, and for every table of a declared view. */
export class ProcessorSet {
  readonly #engine: ProcessorEngine;
  readonly #upkeep: ViewUpkeep;
  readonly #loops = new Map<string, ProcessorLoop>();
  readonly #stopping = new AbortController();
  #running: Promise<void> | undefined;
  #wake: (() => void) | undefined;

  constructor(engine: ProcessorEngine) {
    const { service, states, clock, telemetry, settings } = engine;
    this.#engine = engine;
    this.#upkeep = new ViewUpkeep(
      { views: service.views, states, telemetry, isGone: settings.isGone },
      {
        begin: (view, table) =>
          this.#start(viewProcessor({ ...engine, telemetry: this.#upkeep.telemetryOf(table) }, view, table)),
        end: (processor) => this.#end(processor),
        forward: async () => {
          await clock.sleep(10, this.#stopping.signal);
          return !this.#stopping.signal.aborted;
        },
      },
    );
  }

  /** Starts all of them; resolves once each has its share of the work, so that what a first build must reach is settled, or soon. */
  async start(): Promise<void> {
    for (const parts of processorsOf(this.#engine, true)) this.#start(parts);
    await this.#refresh();
    const waiting = new AbortController();
    const begun = Promise.all([...this.#loops.values()].map((loop) => loop.begun));
    await Promise.race([begun, this.#engine.clock.sleep(beginMs, waiting.signal)]);
    waiting.abort();
    this.#running = this.#keepRefreshing();
  }

  /** Looks at a processor, or at the tables of all views, at once. */
  nudge(processor?: string): void {
    if (processor !== undefined) this.#loops.get(processor)?.nudge();
    this.#wake?.();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#wake?.();
    await this.#running;
    await Promise.all([...this.#loops.values()].map((loop) => loop.stop()));
  }

  #start(parts: ProcessorParts): void {
    if (this.#loops.has(parts.worker.processor)) return;
    const loop = new ProcessorLoop(parts);
    this.#loops.set(parts.worker.processor, loop);
    loop.start();
  }

  async #end(processor: string): Promise<void> {
    const loop = this.#loops.get(processor);
    this.#loops.delete(processor);
    await loop?.stop();
  }

  async #keepRefreshing(): Promise<void> {
    const { signal } = this.#stopping;
    const { clock, telemetry } = this.#engine;
    while (!signal.aborted) {
      const waiting = new AbortController();
      this.#wake = () => waiting.abort();
      await clock.sleep(refreshMs, waiting.signal);
      if (signal.aborted) return;
      try {
        await this.#refresh();
      } catch (error) {
        telemetry.log("error", "The tables of views could not be looked at.", { error: String(error) });
      }
    }
  }

  /** Ends, too, the loops of tables that another process has dropped, and whatever they wrote down of their progress since. */
  async #refresh(): Promise<void> {
    const tables = await this.#upkeep.look();
    for (const [processor, loop] of this.#loops) {
      if (loop.worker.kind !== "view" || tables.has(processor)) continue;
      await this.#end(processor);
      await this.#engine.states.dropProcessor(processor);
    }
  }
}
