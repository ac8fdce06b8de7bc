import type { LogPoint } from "../message/log-point.ts";
import { logBeginning } from "../message/log-point.ts";
import type { Clock } from "../ports/clock.ts";
import type { ProcessorState } from "../ports/processor-state.ts";
import type { StateStore } from "../ports/state-store.ts";
import type { EventWorker, HeldRange } from "./event-worker.ts";
import { changesHands, isSameHold, keepRanges, leaveRanges, passOver, shareRanges } from "./share-ranges.ts";

export interface LeaseSettings {
  /** Unique per process and start. */
  readonly workerId: string;
  /** How long a range stays with a worker that is silent; renewed three times as often. */
  readonly leaseMs: number;
  /** Where a processor that never ran begins. */
  readonly startAt: "head" | "beginning";
  readonly isGone: (worker: string) => boolean;
}

/** The lease of this process on its share of one processor's work. */
export class Lease {
  readonly #worker: EventWorker;
  readonly #states: StateStore;
  readonly #clock: Clock;
  readonly #settings: LeaseSettings;
  #renewAt = 0;

  constructor(parts: { worker: EventWorker; states: StateStore; clock: Clock; settings: LeaseSettings }) {
    this.#worker = parts.worker;
    this.#states = parts.states;
    this.#clock = parts.clock;
    this.#settings = parts.settings;
  }

  /** Milliseconds until it wants renewal. */
  get dueIn(): number {
    return this.#renewAt - this.#clock.elapsed();
  }

  /** Has it renewed at once. */
  hurry(): void {
    this.#renewAt = 0;
  }

  /**
   * Renews it, takes the share of the work and writes down how far the held ranges passed over what is not theirs. `isEnding`: the
   * share is another one now, but the worker is busy and keeps what it has until it is done.
   */
  async renew(
    held: readonly HeldRange[],
    head: LogPoint,
  ): Promise<{ readonly state: ProcessorState; readonly isEnding: boolean }> {
    const { workerId, leaseMs, startAt, isGone } = this.#settings;
    let isEnding = false;
    const state = await this.#states.updateProcessor(this.#worker.processor, (before, now) => {
      const known = passOver(before, held);
      const shared = shareRanges(known, {
        worker: workerId,
        now,
        leaseMs,
        spread: this.#worker.spread,
        start: startAt === "head" ? head : logBeginning(head.logId),
        buildTarget: head.position,
        isGone,
      });
      isEnding = this.#worker.isBusy === true && changesHands(known, shared, workerId);
      return isEnding ? keepRanges(known, workerId, now + leaseMs) : shared;
    });
    this.#renewAt = this.#clock.elapsed() + this.nextMomentIn;
    return { state, isEnding };
  }

  /**
   * Milliseconds until leases are renewed the next time, three times per lease: at the same moments by all processors of a process, so
   * that a store may renew all of them at once. The moment at hand counts as past.
   */
  get nextMomentIn(): number {
    const everyMs = this.#settings.leaseMs / 3;
    const elapsed = this.#clock.elapsed();
    return Math.ceil(elapsed / everyMs + 0.5) * everyMs - elapsed;
  }

  /** Extends it while a page takes long, and changes nothing else. Resolves with whether all the ranges are still held. */
  async keep(held: readonly HeldRange[]): Promise<boolean> {
    const { workerId, leaseMs } = this.#settings;
    const state = await this.#states.updateProcessor(this.#worker.processor, (before, now) =>
      keepRanges(before, workerId, now + leaseMs),
    );
    return held.every((range) => state.ranges.some((now) => isSameHold(range, now)));
  }

  /** Gives the ranges back, with how far they are. */
  async leave(held: readonly HeldRange[]): Promise<void> {
    await this.#states.updateProcessor(this.#worker.processor, (state) =>
      leaveRanges(passOver(state, held), this.#settings.workerId),
    );
  }
}
