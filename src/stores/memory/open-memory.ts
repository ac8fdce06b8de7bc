import { type Clock, systemClock } from "../../ports/clock.ts";
import type { EventStore } from "../../ports/event-store.ts";
import type { StateStore } from "../../ports/state-store.ts";
import { MemoryEventStore } from "./memory-event-store.ts";
import { MemoryStateStore } from "./memory-state-store.ts";

export interface MemoryOptions {
  /** Tells the time of events and leases; default the system's. */
  readonly clock?: Clock;
}

export interface MemoryStore {
  readonly events: EventStore;
  readonly state: StateStore;
  close(): Promise<void>;
}

/** A store that keeps everything in this process and forgets it at the end: for tests. */
export function openMemory({ clock = systemClock }: MemoryOptions = {}): MemoryStore {
  const events = new MemoryEventStore(clock);
  const state = new MemoryStateStore(clock);
  return {
    events,
    state,
    async close() {
      await events.close();
      await state.close();
    },
  };
}
