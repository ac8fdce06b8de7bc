import { ok } from "node:assert/strict";
import { type LogPoint, logBeginning } from "../../message/log-point.ts";
import { sliceCount } from "../../message/slice.ts";
import type { RangeKey, SliceRange } from "../../ports/processor-state.ts";
import type { Progress, RowChange, StateStore } from "../../ports/state-store.ts";
import { processorOfTable, type Row, type ViewTable } from "../../ports/view-table.ts";

export function pointOf(position: number): LogPoint {
  return position === 0 ? logBeginning("log-1") : { logId: "log-1", position, eventId: `event-${position}` };
}

/** A range of all slices, held by `worker-1`, at the beginning of the log. */
export const wholeRange: SliceRange = {
  from: 0,
  to: sliceCount,
  checkpoint: pointOf(0),
  owner: "worker-1",
  epoch: 1,
  leaseUntil: 4_000_000_000_000,
};

/** What its holder calls it by. */
export function keyOf({ from, to, epoch, owner = "" }: SliceRange): RangeKey {
  return { from, to, epoch, owner };
}

/** Makes the processor known with these ranges. */
export async function start(
  state: StateStore,
  processor: string,
  ranges: readonly SliceRange[] = [wholeRange],
): Promise<void> {
  await state.updateProcessor(processor, (before) => ({ ...before, ranges }));
}

/** A commit by the holder of `range`, of which a case spells out only what it is about. */
export function progressOf(
  processor: string,
  rest: Partial<Omit<Progress, "processor" | "range">> & { readonly range?: SliceRange } = {},
): Progress {
  const { range = wholeRange, ...parts } = rest;
  return { processor, range: keyOf(range), checkpoint: pointOf(1), ...parts };
}

export const accounts: ViewTable = {
  view: "accounts",
  version: 1,
  generation: 1,
  fields: [
    { name: "name", type: "text" },
    { name: "amount", type: "number" },
    { name: "open", type: "boolean" },
  ],
};

/** Makes the table, its processor and these rows, all of which were last changed at position 1. */
export async function fill(
  state: StateStore,
  rows: Readonly<Record<string, Row>>,
  table = accounts,
): Promise<void> {
  await state.createTable(table);
  await start(state, processorOfTable(table));
  const changes = Object.entries(rows).map(([key, row]): RowChange => ({ key, row, position: 1 }));
  const progress = progressOf(processorOfTable(table), { rows: { table, changes } });
  ok((await state.commitProgress(progress)) === "committed");
}
