import type { PolicyDefinition } from "../domain/policy.ts";
import { logBeginning } from "../message/log-point.ts";
import { sliceCount } from "../message/slice.ts";
import type { Clock } from "../ports/clock.ts";
import type { EventStore } from "../ports/event-store.ts";
import type { StateStore } from "../ports/state-store.ts";
import type { Telemetry } from "../ports/telemetry.ts";
import { policyProcessor } from "./policy-processor.ts";
import { lowestCheckpoint } from "./share-ranges.ts";

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/** What times of events and of records may differ by where several servers have kept them. */
const clockMarginMs = hourMs;

/** The name under which the processes agree on who looks after the records today. */
const dutyName = "retention:commands";

/**
 * Forgets once a day, in one of the processes, what became of commands whose ids nobody can send again: those older than the
 * time for which callers may repeat theirs, and than every event whose reactions could come again (G4).
 */
export class CommandRetention {
  readonly #policies: readonly PolicyDefinition[];
  readonly #events: EventStore;
  readonly #states: StateStore;
  readonly #clock: Clock;
  readonly #telemetry: Telemetry;
  readonly #workerId: string;
  readonly #keepMs: number;
  readonly #stopping = new AbortController();
  #running: Promise<void> | undefined;

  constructor(parts: {
    policies: readonly PolicyDefinition[];
    events: EventStore;
    states: StateStore;
    clock: Clock;
    telemetry: Telemetry;
    workerId: string;
    keepDays: number;
  }) {
    this.#policies = parts.policies;
    this.#events = parts.events;
    this.#states = parts.states;
    this.#clock = parts.clock;
    this.#telemetry = parts.telemetry;
    this.#workerId = parts.workerId;
    this.#keepMs = parts.keepDays * dayMs;
  }

  start(): void {
    if (Number.isFinite(this.#keepMs)) this.#running ??= this.#run();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    for (;;) {
      await this.#clock.sleep(hourMs, signal);
      if (signal.aborted) return;
      try {
        const now = await this.#takeDuty();
        if (now === undefined) continue;
        const count = await this.#events.forgetCommands(await this.#forgettableBefore(now));
        this.#telemetry.log("info", "Old records of commands were forgotten.", { count });
      } catch (error) {
        if (signal.aborted) return;
        this.#telemetry.log("warn", "Old records of commands could not be forgotten.", {
          error: String(error),
        });
      }
    }
  }

  /** The time by the store's clock where it is this process's turn; the next turn of anyone's is in a day. */
  async #takeDuty(): Promise<number | undefined> {
    let taken: number | undefined;
    await this.#states.updateProcessor(dutyName, (state, now) => {
      const [last] = state.ranges;
      taken = last === undefined || last.leaseUntil <= now ? now : undefined;
      if (taken === undefined) return undefined;
      const epoch = (last?.epoch ?? 0) + 1;
      const turn = { from: 0, to: sliceCount, checkpoint: logBeginning(""), epoch };
      return { ...state, ranges: [{ ...turn, owner: this.#workerId, leaseUntil: now + dayMs }] };
    });
    return taken;
  }

  async #forgettableBefore(now: number): Promise<number> {
    let before = now - this.#keepMs;
    const processors = await this.#states.listProcessors();
    for (const policy of this.#policies) {
      const processor = policyProcessor(policy);
      const state = processors.get(processor);
      const checkpoint = state === undefined ? undefined : lowestCheckpoint(state);
      if (checkpoint === undefined) continue;
      const [parked] = await this.#states.listParked(processor, { limit: 1 });
      const handled = Math.min(checkpoint.position, (parked?.position ?? Number.POSITIVE_INFINITY) - 1);
      const { events } = await this.#events.readLog({ after: handled, limit: 1 });
      before = Math.min(before, events[0]?.recordedAt ?? before);
    }
    return before - clockMarginMs;
  }
}
