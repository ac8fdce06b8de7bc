import type { Json } from "../message/json.ts";
import type { LogPoint } from "../message/log-point.ts";

/**
 * Where the rows of a view live. Each version of a view has tables of its own, and a rebuild of the same version
 * makes the next generation beside the one that serves (G9).
 */
export interface ViewTable {
  readonly view: string;
  readonly version: number;
  readonly generation: number;
  /** Declared indexes: fields of the row that can be filtered and sorted by. */
  readonly fields: readonly IndexedField[];
}

export interface IndexedField {
  readonly name: string;
  /** Integers are numbers; null and absent are allowed for each and are one and the same. */
  readonly type: "text" | "number" | "boolean";
}

/** The name of the processor that writes a table, and so the key of its checkpoint. */
export function processorOfTable(table: Pick<ViewTable, "view" | "version" | "generation">): string {
  return `view:${table.view}@${table.version}.${table.generation}`;
}

export type Row = Readonly<Record<string, Json>>;

export interface StoredRow {
  readonly key: string;
  readonly row: Row;
  /** The position of the last event that was folded into it. */
  readonly position: number;
}

/** A scalar of an indexed field. */
export type FieldValue = string | number | boolean | null;

export type RowFilter =
  | { readonly field: string; readonly op: "eq" | "gt" | "gte" | "lt" | "lte"; readonly value: FieldValue }
  | { readonly field: string; readonly op: "in"; readonly values: readonly FieldValue[] }
  | { readonly field: string; readonly op: "prefix"; readonly value: string };

export interface RowQuery {
  /**
   * All must hold. A comparison other than `eq` and `in` never holds for null, and none for a value that the field
   * cannot have: of another type, or text that not every store can hold.
   */
  readonly filters: readonly RowFilter[];
  /** Null sorts first when ascending; false before true; text by code point. Ties are broken by ascending key. */
  readonly sort?: { readonly field: string; readonly direction: "asc" | "desc" };
  readonly limit: number;
  /** Continues after this row: its key and its value of the sort field (null if unsorted). */
  readonly after?: { readonly value: FieldValue; readonly key: string };
}

export interface RowPage {
  readonly rows: readonly StoredRow[];
  /** Whether there are more rows after these. */
  readonly more: boolean;
  /** The lowest checkpoint among the ranges of the table's processor; undefined before its first start. */
  readonly checkpoint: LogPoint | undefined;
}
