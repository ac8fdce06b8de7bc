import type { ServiceDefinition } from "../domain/service.ts";
import type { ViewDefinition } from "../domain/view.ts";
import type { Clock } from "../ports/clock.ts";
import type { EventStore } from "../ports/event-store.ts";
import type { StateStore } from "../ports/state-store.ts";
import type { Telemetry } from "../ports/telemetry.ts";
import { processorOfTable, type ViewTable } from "../ports/view-table.ts";
import type { EventWorker } from "./event-worker.ts";
import { PolicyWorker } from "./policy-worker.ts";
import { type LoopSettings, ProcessorLoop } from "./processor-loop.ts";
import { ProjectionWorker } from "./projection-worker.ts";
import type { RowsFor } from "./rows-for-policy.ts";
import { type Connections, connectionTo, type SendCommand } from "./send-command.ts";
import { freeze, positionOf } from "./share-ranges.ts";
import { followedBy, refersTo, sourcesOf } from "./sources-of.ts";
import { SubscriptionWorker } from "./subscription-worker.ts";
import { tablesAmong } from "./view-tables.ts";
import { ViewWorker } from "./view-worker.ts";

/** How often the tables of views are looked at: a rebuild asked for in another process begins within this time. */
const refreshMs = 1000;

/** A new generation this close behind the serving one is let catch up while the serving one stands still. */
const switchDistance = 1000;

/** The processors of a service in this process: a loop for every policy, projection and subscription, and for every table of a declared view. */
export class ProcessorSet {
  readonly #service: ServiceDefinition;
  readonly #events: EventStore;
  readonly #states: StateStore;
  readonly #clock: Clock;
  readonly #telemetry: Telemetry;
  readonly #send: SendCommand;
  readonly #rows: RowsFor;
  readonly #connections: Connections;
  readonly #settings: Omit<LoopSettings, "startAt">;
  readonly #loops = new Map<string, ProcessorLoop>();
  /** By view: the processor of the table that serves. */
  readonly #serving = new Map<string, string>();
  readonly #stopping = new AbortController();
  #running: Promise<void> | undefined;
  #wake: (() => void) | undefined;

  constructor(parts: {
    service: ServiceDefinition;
    events: EventStore;
    states: StateStore;
    clock: Clock;
    telemetry: Telemetry;
    send: SendCommand;
    rows: RowsFor;
    connections: Connections;
    settings: Omit<LoopSettings, "startAt">;
  }) {
    this.#service = parts.service;
    this.#events = parts.events;
    this.#states = parts.states;
    this.#clock = parts.clock;
    this.#telemetry = parts.telemetry;
    this.#send = parts.send;
    this.#rows = parts.rows;
    this.#connections = parts.connections;
    this.#settings = parts.settings;
  }

  async start(): Promise<void> {
    for (const policy of this.#service.policies) {
      const worker = new PolicyWorker({
        policy,
        service: this.#service.name,
        sources: sourcesOf(this.#service),
        events: this.#events,
        states: this.#states,
        clock: this.#clock,
        telemetry: this.#telemetry,
        send: this.#send,
        rows: this.#rows,
      });
      this.#startLoop(worker, policy.startAt);
    }
    for (const projection of this.#service.projections) {
      const worker = new ProjectionWorker({
        projection,
        sources: sourcesOf(this.#service),
        events: this.#events,
        states: this.#states,
        clock: this.#clock,
        telemetry: this.#telemetry,
      });
      this.#startLoop(worker, "beginning");
    }
    for (const used of followedBy(this.#service)) {
      const worker = new SubscriptionWorker({
        used,
        isReferredTo: refersTo(this.#service, used.contract),
        source: connectionTo(this.#connections, used.contract.name).feed,
        events: this.#events,
        states: this.#states,
        clock: this.#clock,
        telemetry: this.#telemetry,
      });
      this.#startLoop(worker, "beginning");
    }
    await this.#refresh();
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

  async #keepRefreshing(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      const waiting = new AbortController();
      this.#wake = () => waiting.abort();
      await this.#clock.sleep(refreshMs, waiting.signal);
      if (signal.aborted) return;
      try {
        await this.#refresh();
      } catch (error) {
        this.#telemetry.log("error", "The tables of views could not be looked at.", { error: String(error) });
      }
    }
  }

  async #refresh(): Promise<void> {
    let all = await this.#states.listTables();
    for (const view of this.#service.views) {
      const tables = tablesAmong(all, view);
      const [serving] = tables;
      if (serving !== undefined) this.#serving.set(view.name, processorOfTable(serving));
      for (const table of tables) this.#startView(view, table);
      const next = tables.at(-1);
      if (serving === undefined || next === undefined) continue;
      if (next === serving && !all.some((table) => isOtherVersion(table, view))) continue;
      if (next !== serving) await this.#switch(serving, next);
      else await this.#dropOtherVersions(view, serving, all);
      // That took its time, and changes which there are.
      all = await this.#states.listTables();
    }
    await this.#endDropped(all);
  }

  /** Ends the loops of tables that another process has dropped, and whatever they wrote down of their progress since. */
  async #endDropped(all: readonly ViewTable[]): Promise<void> {
    const tables = new Set(all.map(processorOfTable));
    for (const [processor, loop] of this.#loops) {
      if (loop.worker.kind !== "view" || tables.has(processor)) continue;
      this.#loops.delete(processor);
      await loop.stop();
      await this.#states.dropProcessor(processor);
    }
  }

  #startView(view: ViewDefinition, table: ViewTable): void {
    const telemetry = this.#telemetryOf(table);
    const worker = new ViewWorker({
      view,
      table,
      sources: sourcesOf(this.#service),
      events: this.#events,
      states: this.#states,
      clock: this.#clock,
      telemetry,
    });
    this.#startLoop(worker, "beginning", telemetry);
  }

  /** A view's gauges tell of the table that serves: set by the one being built as well, they would jump between two values. */
  #telemetryOf(table: ViewTable): Telemetry {
    const telemetry = this.#telemetry;
    const processor = processorOfTable(table);
    return {
      count: (...counted) => telemetry.count(...counted),
      observe: (...observed) => telemetry.observe(...observed),
      gauge: (...measured) => {
        if (this.#serving.get(table.view) === processor) telemetry.gauge(...measured);
      },
      log: (...said) => telemetry.log(...said),
    };
  }

  #startLoop(worker: EventWorker, startAt: "head" | "beginning", telemetry = this.#telemetry): void {
    if (this.#loops.has(worker.processor)) return;
    const loop = new ProcessorLoop({
      worker,
      events: this.#events,
      states: this.#states,
      clock: this.#clock,
      telemetry,
      settings: { ...this.#settings, startAt },
    });
    this.#loops.set(worker.processor, loop);
    loop.start();
  }

  /**
   * Puts the next generation in the place of the serving one (G9): the serving one is fenced off, so that its
   * checkpoint stands still, and is dropped once the next one is at least as far. Each step may be repeated by anyone.
   */
  async #switch(serving: ViewTable, next: ViewTable): Promise<void> {
    const processor = processorOfTable(serving);
    const behind = async () => {
      const states = await this.#states.listProcessors();
      const target = positionOf(states.get(processor));
      return target - positionOf(states.get(processorOfTable(next)));
    };
    if ((await behind()) > switchDistance) return;
    await this.#states.updateProcessor(processor, freeze);
    for (let distance = await behind(); distance > 0; distance = await behind()) {
      if (distance > switchDistance || this.#stopping.signal.aborted) return;
      await this.#clock.sleep(10, this.#stopping.signal);
    }
    const loop = this.#loops.get(processor);
    this.#loops.delete(processor);
    await loop?.stop();
    await this.#states.dropTable(serving);
    await this.#states.dropProcessor(processor);
    this.#telemetry.log("info", "A view was switched to its next generation.", {
      view: next.view,
      version: next.version,
      generation: next.generation,
    });
  }

  /** Drops the tables of versions that no live process maintains or reads, once the declared version is built. */
  async #dropOtherVersions(
    view: ViewDefinition,
    serving: ViewTable,
    all: readonly ViewTable[],
  ): Promise<void> {
    const others = all.filter((table) => isOtherVersion(table, view));
    const states = await this.#states.listProcessors();
    const own = states.get(processorOfTable(serving));
    if (own === undefined || positionOf(own) < own.buildTarget) return;
    for (const table of others) {
      let isMaintained = false;
      await this.#states.updateProcessor(processorOfTable(table), ({ workers }, now) => {
        isMaintained = workers.some(({ id, aliveUntil }) => aliveUntil > now && !this.#settings.isGone(id));
        return undefined;
      });
      if (isMaintained || !(await this.#states.dropTable(table, { unlessRead: true }))) continue;
      await this.#states.dropProcessor(processorOfTable(table));
    }
  }
}

function isOtherVersion(table: ViewTable, view: ViewDefinition): boolean {
  return table.view === view.name && table.version !== view.version;
}
