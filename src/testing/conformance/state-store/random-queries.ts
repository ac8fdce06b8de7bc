import { deepEqual } from "node:assert/strict";
import { compareText } from "../../../message/text-order.ts";
import type { RowChange, StateStore } from "../../../ports/state-store.ts";
import {
  type FieldValue,
  processorOfTable,
  type Row,
  type RowFilter,
  type RowQuery,
} from "../../../ports/view-table.ts";
import type { Promises } from "../conformance-case.ts";
import { accounts, fill, progressOf } from "../sample-processor.ts";
import { type SeededRandom, seededRandom } from "../seeded-random.ts";

const rounds = 12;
const queriesPerRound = 25;

/** Few of each, so that many rows share a value. */
const values: Readonly<Record<string, readonly FieldValue[]>> = {
  name: [null, "", "a", "A", "ab", "é", "\ud7ff", "\ue000", "\uffff", "😀", "😀x", "\u{10ffff}"],
  amount: [null, -1e300, -1.5, -1, 0, 0.5, 1, 2, 10, 9_007_199_254_740_991],
  open: [null, false, true],
};
const fields = Object.keys(values);
const keys = ["", "a", "A", "b", "ab", "%", "_", "é", "\uffff", "😀", "\u{10ffff}"].flatMap((key) => [
  key,
  `${key}1`,
  `${key}2`,
]);

type Rows = Map<string, Row>;

function fieldOf(row: Row, field: string): FieldValue {
  return (row[field] ?? null) as FieldValue;
}

function randomRow(random: SeededRandom): Row {
  const present = random.some(fields, 1 + random.below(fields.length));
  return Object.fromEntries(present.map((field) => [field, random.one(values[field] ?? [])]));
}

function randomFilter(random: SeededRandom): RowFilter {
  const field = random.one(fields);
  const pool = values[field] ?? [];
  const kind = random.below(field === "name" ? 8 : 7);
  if (kind === 7) return { field, op: "prefix", value: random.one(["", "a", "😀", "\uffff", "\u{10ffff}"]) };
  if (kind === 6) return { field, op: "in", values: random.some(pool, random.below(4)) };
  const op = (["eq", "eq", "gt", "gte", "lt", "lte"] as const)[kind] ?? "eq";
  return { field, op, value: random.one(pool) };
}

function randomQuery(random: SeededRandom): RowQuery {
  const filters = Array.from({ length: random.below(3) }, () => randomFilter(random));
  const limit = 1 + random.below(random.below(2) === 0 ? 4 : 40);
  const field = random.one([...fields, undefined]);
  const sort = field === undefined ? undefined : { field, direction: random.one(["asc", "desc"] as const) };
  // A row that is there, or was, or never will be.
  const after = {
    value: field === undefined ? null : random.one(values[field] ?? []),
    key: random.one(keys),
  };
  return {
    filters,
    limit,
    ...(sort === undefined ? {} : { sort }),
    ...(random.below(3) === 0 ? {} : { after }),
  };
}

function compareValues(a: FieldValue, b: FieldValue): number {
  if (a === b) return 0;
  if (a === null || b === null) return a === null ? -1 : 1;
  return typeof a === "string" && typeof b === "string" ? compareText(a, b) : Number(a) - Number(b);
}

function passes(value: FieldValue, filter: RowFilter): boolean {
  if (filter.op === "eq") return value === filter.value;
  if (filter.op === "in") return filter.values.includes(value);
  if (value === null || filter.value === null) return false;
  if (filter.op === "prefix") return String(value).startsWith(filter.value);
  const order = compareValues(value, filter.value);
  if (order === 0) return filter.op === "gte" || filter.op === "lte";
  return order > 0 === filter.op.startsWith("g");
}

/** What the query must find, in the plainest way: all rows, sorted, and then the part that is asked for. */
function expectedPage(rows: Rows, { filters, sort, limit, after }: RowQuery): object {
  const sign = sort?.direction === "desc" ? -1 : 1;
  type Place = NonNullable<RowQuery["after"]>;
  const inOrder = (a: Place, b: Place) => sign * compareValues(a.value, b.value) || compareText(a.key, b.key);
  const places = [...rows]
    .filter(([, row]) => filters.every((filter) => passes(fieldOf(row, filter.field), filter)))
    .map(([key, row]) => ({ key, value: sort === undefined ? null : fieldOf(row, sort.field) }))
    .filter((place) => after === undefined || inOrder(place, after) > 0)
    .sort(inOrder);
  return { keys: places.slice(0, limit).map(({ key }) => key), more: places.length > limit };
}

/** Writes and removes rows at random, here and there alike. */
async function changeRows(state: StateStore, rows: Rows, random: SeededRandom, position: number) {
  const changes = Array.from({ length: 10 }, (): RowChange => {
    const row = random.below(4) === 0 ? undefined : randomRow(random);
    return { key: random.one(keys), row, position };
  });
  for (const { key, row } of changes) {
    if (row === undefined) rows.delete(key);
    else rows.set(key, row);
  }
  await state.commitProgress(progressOf(processorOfTable(accounts), { rows: { table: accounts, changes } }));
}

async function queryRandomly(state: StateStore, seed: number): Promise<void> {
  const random = seededRandom(seed);
  const rows: Rows = new Map();
  await fill(state, {});
  for (let round = 1; round <= rounds; round++) {
    await changeRows(state, rows, random, round);
    for (let turn = 0; turn < queriesPerRound; turn++) {
      const query = randomQuery(random);
      const { rows: found, more } = await state.queryRows(accounts, query);
      const what = `seed ${seed}, round ${round}: ${JSON.stringify(query)}`;
      deepEqual({ keys: found.map(({ key }) => key), more }, expectedPage(rows, query), what);
      for (const { key, row } of found) deepEqual(row, rows.get(key), what);
    }
  }
}

export function randomQueries(seeds: readonly number[]): Promises {
  return Object.fromEntries(
    seeds.map((seed) => [
      `random queries find what a model of the contract finds, while rows change (seed ${seed})`,
      ({ state }) => queryRandomly(state, seed),
    ]),
  );
}
