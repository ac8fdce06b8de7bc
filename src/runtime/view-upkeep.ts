import type { ViewDefinition } from "../domain/view.ts";
import type { StateStore } from "../ports/state-store.ts";
import type { Telemetry } from "../ports/telemetry.ts";
import { processorOfTable, type ViewTable } from "../ports/view-table.ts";
import { freeze, positionOf } from "./share-ranges.ts";
import { tablesAmong } from "./view-tables.ts";

/** A new generation this close behind the serving one is let catch up while the serving one stands still. */
const switchDistance = 1000;

/** Who maintains the tables, as their upkeep sees it. */
export interface TableKeepers {
  /** Has a table maintained from now on, if it is not. */
  begin(view: ViewDefinition, table: ViewTable): void;
  /** Ends what maintains a table. */
  end(processor: string): Promise<void>;
  /** Lets what maintains a table go on for a while. Resolves with whether there is any use in asking again. */
  forward(processor: string): Promise<boolean>;
}

/** Sees to the tables of views: has each maintained, puts a new generation in the place of the old one, drops what nobody reads. */
export class ViewUpkeep {
  readonly #views: readonly ViewDefinition[];
  readonly #states: StateStore;
  readonly #telemetry: Telemetry;
  readonly #isGone: (worker: string) => boolean;
  readonly #keepers: TableKeepers;
  /** By view: the processor of the table that serves. */
  readonly #serving = new Map<string, string>();

  constructor(
    parts: {
      views: readonly ViewDefinition[];
      states: StateStore;
      telemetry: Telemetry;
      isGone: (worker: string) => boolean;
    },
    keepers: TableKeepers,
  ) {
    this.#views = parts.views;
    this.#states = parts.states;
    this.#telemetry = parts.telemetry;
    this.#isGone = parts.isGone;
    this.#keepers = keepers;
  }

  /** Looks at all tables. Resolves with the processors of those that there are. */
  async look(): Promise<ReadonlySet<string>> {
    let all = await this.#states.listTables();
    for (const view of this.#views) {
      const tables = tablesAmong(all, view);
      const [serving] = tables;
      if (serving !== undefined) this.#serving.set(view.name, processorOfTable(serving));
      for (const table of tables) this.#keepers.begin(view, table);
      const next = tables.at(-1);
      if (serving === undefined || next === undefined) continue;
      if (next === serving && !all.some((table) => isOtherVersion(table, view))) continue;
      if (next !== serving) await this.#switch(serving, next);
      else await this.#dropOtherVersions(view, serving, all);
      // That took its time, and changes which there are.
      all = await this.#states.listTables();
    }
    return new Set(all.map(processorOfTable));
  }

  /** A view's gauges tell of the table that serves: set by the one being built as well, they would jump between two values. */
  telemetryOf(table: ViewTable): Telemetry {
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
      if (distance > switchDistance || !(await this.#keepers.forward(processorOfTable(next)))) return;
    }
    await this.#keepers.end(processor);
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
        isMaintained = workers.some(({ id, aliveUntil }) => aliveUntil > now && !this.#isGone(id));
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
