import type { ViewDefinition } from "../domain/view.ts";
import { type AnyRow, foldRow, readForView } from "../domain/view-fold.ts";
import { canonicalJson } from "../message/json.ts";
import { sliceCount, sliceOf } from "../message/slice.ts";
import { parseStreamName } from "../message/stream.ts";
import type { EventStore } from "../ports/event-store.ts";
import { unstartedProcessor } from "../ports/processor-state.ts";
import type { StateStore } from "../ports/state-store.ts";
import { processorOfTable, type StoredRow, type ViewTable } from "../ports/view-table.ts";
import type { AuditReport } from "./runtime.ts";
import { lowestCheckpoint } from "./share-ranges.ts";
import { tablesOf } from "./view-tables.ts";

const pageSize = 1000;

/** Differences listed per view; the rest are counted alike. */
const maxListed = 100;

/**
 * Folds a share of a view's rows again from the log and compares them with what is stored (G10). Which rows are chosen
 * follows from their keys alone, so that rows that are missing are found as well as rows that are wrong. A view that
 * moves on meanwhile is compared again for the rows that differ, until both stand at the same point.
 */
export async function* audit(
  stores: { readonly events: EventStore; readonly states: StateStore },
  views: readonly ViewDefinition[],
  sample: number,
): AsyncGenerator<AuditReport> {
  for (const view of views) {
    const [table] = await tablesOf(stores.states, view);
    if (table === undefined) {
      yield {
        subject: `view ${view.name}, which never ran`,
        compared: 0,
        total: 0,
        differences: [],
        done: true,
      };
    } else yield* auditView(stores, view, table, sample);
  }
}

async function* auditView(
  { events, states }: { readonly events: EventStore; readonly states: StateStore },
  view: ViewDefinition,
  table: ViewTable,
  sample: number,
): AsyncGenerator<AuditReport> {
  const chosen = chooser(sample);
  const folded = new Map<string, AnyRow | undefined>();
  /** Rows that can't be folded, by key, with the reason: those that are not parked should never have been. */
  const unfolded = new Map<string, string>();
  const progress = (
    done: boolean,
    total: number,
    differences: AuditReport["differences"] = [],
  ): AuditReport => ({
    subject: `view ${view.name}`,
    compared: folded.size,
    total,
    differences,
    done,
  });
  const processor = processorOfTable(table);
  const checkpoint = async () =>
    lowestCheckpoint((await states.listProcessors()).get(processor) ?? unstartedProcessor)?.position ?? 0;

  let from = 0;
  const foldTo = async function* (to: number) {
    while (from < to) {
      const page = await events.readLog({ after: from, limit: pageSize, types: Object.keys(view.on) });
      for (const recorded of page.events) {
        if (recorded.position > to) break;
        // A view with a key of its own has no rows by stream; it stands still at what it can't read.
        const streamKey = view.key === undefined ? recorded.aggregateId : undefined;
        if (streamKey !== undefined && unfolded.has(streamKey)) continue;
        try {
          const read = readForView(view, recorded);
          if (read !== undefined && chosen(read.key))
            folded.set(read.key, foldRow(view, folded.get(read.key), read.event));
        } catch (error) {
          if (streamKey === undefined) throw error;
          if (chosen(streamKey)) folded.set(streamKey, undefined);
          unfolded.set(streamKey, error instanceof Error ? error.message : String(error));
        }
      }
      from = Math.min(to, page.through.position);
      yield progress(false, to);
    }
  };

  for (;;) {
    const target = await checkpoint();
    yield* foldTo(target);
    const parked = await parkedKeys(states, processor);
    const differences = (await compare(states, table, folded, chosen))
      // A parked row is known to be behind.
      .filter(({ key }) => !parked.has(key))
      .map((difference) => {
        const why = unfolded.get(difference.key);
        return why === undefined ? difference : { ...difference, expected: { error: why } };
      });
    // Only a view that stood still during the comparison can be judged.
    if (differences.length === 0 || (await checkpoint()) === target) {
      yield progress(true, target, differences.slice(0, maxListed));
      return;
    }
  }
}

async function compare(
  states: StateStore,
  table: ViewTable,
  folded: ReadonlyMap<string, AnyRow | undefined>,
  chosen: (key: string) => boolean,
): Promise<AuditReport["differences"]> {
  const differences: AuditReport["differences"][number][] = [];
  const found = new Map<string, StoredRow>();
  for await (const row of everyRow(states, table)) if (chosen(row.key)) found.set(row.key, row);
  for (const key of new Set([...folded.keys(), ...found.keys()])) {
    const expected = folded.get(key);
    const stored = found.get(key)?.row;
    if (canonicalJson(expected ?? null) !== canonicalJson(stored ?? null))
      differences.push({ key, expected, found: stored });
  }
  return differences;
}

/** The keys of rows of which an event is parked: only views with one row per stream park. */
async function parkedKeys(states: StateStore, processor: string): Promise<ReadonlySet<string>> {
  const sequences = await states.listParkedSequences(processor);
  return new Set(sequences.map(({ sequence }) => parseStreamName(sequence).aggregateId));
}

async function* everyRow(states: StateStore, table: ViewTable): AsyncGenerator<StoredRow> {
  for (let after: { value: null; key: string } | undefined; ; ) {
    const page = await states.queryRows(table, {
      filters: [],
      limit: pageSize,
      ...(after === undefined ? {} : { after }),
    });
    yield* page.rows;
    const last = page.rows.at(-1);
    if (!page.more || last === undefined) return;
    after = { value: null, key: last.key };
  }
}

/** Chooses keys by their slice; a share of 1 chooses all, and any share chooses the same ones every time. */
function chooser(sample: number): (key: string) => boolean {
  const slices = Math.max(1, Math.ceil(sample * sliceCount));
  return (key) => sample >= 1 || sliceOf(key) < slices;
}
