import QuickLRU from "quick-lru";
import type { AggregateDefinition } from "../domain/aggregate-definition.ts";
import type { Situation } from "../domain/decide.ts";
import { type AnyState, fold } from "../domain/fold.ts";
import { parse } from "../domain/schema.ts";
import type { RecordedEvent } from "../message/event.ts";
import type { Json } from "../message/json.ts";
import { streamName } from "../message/stream.ts";
import type { EventStore } from "../ports/event-store.ts";
import type { StateStore } from "../ports/state-store.ts";
import type { Telemetry } from "../ports/telemetry.ts";

/** A page of a long stream: bounds the memory of loading, costs one more read per so many events. */
const pageSize = 1000;

/**
 * Loads aggregates: from a bounded cache of states, else from the latest snapshot of the same state version, else from the
 * first event. A cached state may be behind what other processes appended; an append notices, and `fresh` asks.
 */
export class AggregateLoader {
  readonly #events: EventStore;
  readonly #states: StateStore;
  readonly #telemetry: Telemetry;
  readonly #cache: QuickLRU<string, Situation>;
  readonly #savingSnapshots = new Set<Promise<void>>();

  constructor(events: EventStore, states: StateStore, telemetry: Telemetry, cachedStates: number) {
    this.#events = events;
    this.#states = states;
    this.#telemetry = telemetry;
    // It holds up to twice its size.
    this.#cache = new QuickLRU({ maxSize: Math.ceil(cachedStates / 2) });
  }

  /** The aggregate as last known to this process; with `fresh`, after reading what was appended since. */
  async load(definition: AggregateDefinition, aggregateId: string, fresh: boolean): Promise<Situation> {
    const stream = streamName(definition.name, aggregateId);
    const cached = this.#cache.get(stream);
    if (cached !== undefined && !fresh) return cached;
    const start = cached ?? (await this.#loadSnapshot(definition, stream));
    const situation = await this.#readOn(definition, stream, start);
    if (situation.version > 0) this.#cache.set(stream, situation);
    return situation;
  }

  /**
   * The aggregate as it was at a version, or at a time (the events recorded until then), folded from the first event, since versions
   * that lie before the latest snapshot are rare and may cost; or from `start`, which it was before that.
   */
  async loadAt(
    definition: AggregateDefinition,
    aggregateId: string,
    at: { readonly version: number } | { readonly time: number },
    start: Situation = { state: definition.initialState, version: 0 },
  ): Promise<Situation> {
    const stream = streamName(definition.name, aggregateId);
    if ("time" in at) return this.#readOn(definition, stream, start, (event) => event.recordedAt <= at.time);
    const cached = this.#cache.get(stream);
    if (cached?.version === at.version) return cached;
    return this.#readOn(definition, stream, start, () => true, at.version);
  }

  /** Takes note of what this process appended; keeps a snapshot when enough events have passed. */
  remember(definition: AggregateDefinition, stream: string, before: Situation, after: Situation): void {
    this.#cache.set(stream, after);
    const { snapshotEvery, stateVersion } = definition;
    if (Math.floor(after.version / snapshotEvery) === Math.floor(before.version / snapshotEvery)) return;
    const saving = this.#states
      .saveSnapshot({ stream, stateVersion, version: after.version, state: after.state as Json })
      // A snapshot saves time and nothing else: without it, loading reads more events.
      .catch((error: unknown) =>
        this.#telemetry.log("warn", "A snapshot was not saved.", { stream, error: String(error) }),
      )
      .finally(() => this.#savingSnapshots.delete(saving));
    this.#savingSnapshots.add(saving);
  }

  /** Resolves when no snapshot is being saved. */
  async settle(): Promise<void> {
    await Promise.all(this.#savingSnapshots);
  }

  async #loadSnapshot(definition: AggregateDefinition, stream: string): Promise<Situation> {
    const snapshot = await this.#states.loadSnapshot(stream, definition.stateVersion);
    if (snapshot === undefined) return { state: definition.initialState, version: 0 };
    const parsed = parse(definition.state, snapshot.state);
    if (parsed.issues === undefined) return { state: snapshot.state as AnyState, version: snapshot.version };
    this.#telemetry.log(
      "warn",
      "A snapshot does not fit the state's schema and is not used: was stateVersion raised?",
      {
        stream,
        issues: parsed.issues,
      },
    );
    return { state: definition.initialState, version: 0 };
  }

  async #readOn(
    definition: AggregateDefinition,
    stream: string,
    start: Situation,
    includes: (event: RecordedEvent) => boolean = () => true,
    last = Number.POSITIVE_INFINITY,
  ): Promise<Situation> {
    let { state, version } = start;
    for (;;) {
      const limit = Math.min(pageSize, last - version);
      if (limit <= 0) return { state, version };
      const page = await this.#events.readStream(stream, { from: version + 1, limit });
      const beyond = page.findIndex((event) => !includes(event));
      const included = beyond === -1 ? page : page.slice(0, beyond);
      state = fold(definition, state, included);
      version += included.length;
      if (included.length < pageSize) return { state, version };
    }
  }
}
