import type { View } from "./view.ts";

type Scalar = string | number | boolean | null;

/** What a field of a row must be: a value, one of several, or within bounds. */
export type FieldCondition =
  | Scalar
  | { readonly in: readonly Scalar[] }
  | { readonly gt?: Scalar; readonly gte?: Scalar; readonly lt?: Scalar; readonly lte?: Scalar };

/** Which rows of a view are asked for. */
export interface RowsAsked<Field extends string = string> {
  /** All must hold. */
  readonly where?: { readonly [F in Field]?: FieldCondition };
  readonly sort?: { readonly field: Field; readonly direction: "asc" | "desc" };
  /** 1 to 1,000; default 100. */
  readonly limit?: number;
}

export interface KeyedRow<Row = unknown> {
  readonly key: string;
  readonly row: Row;
}

/** Reads rows of a view. */
export type ReadRows = <Row, Field extends string>(
  view: View<Row, Field>,
  asked?: RowsAsked<Field>,
) => Promise<readonly KeyedRow<Row>[]>;
