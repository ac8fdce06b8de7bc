import type { FieldValue, RowQuery, ViewTable } from "../../ports/view-table.ts";
import { declaredField } from "../foundation/indexed-field.ts";
import type { Connection, SqlValue } from "./connection.ts";
import { filterSql, type SqlCondition, toColumn } from "./row-filter-sql.ts";
import { quotedColumn, quotedTable } from "./view-table-names.ts";

/** A row of a view's table. */
export interface ViewRow {
  readonly key: string;
  readonly row: string;
  readonly position: number;
}

/**
 * Values of a descending sort that are read one by one before the rest is left to SQLite. It sorts the keys of each
 * value, the index having them the other way round, and so reads all rows of a value for one page: a field of few
 * values has many rows of each, and is done with before that.
 */
const valuesOneByOne = 8;

/**
 * The rows that a query asks for, in its order: one more than its limit, if there are more. What comes after a row is
 * read in steps (rest of the same value, further values, null), because each of them is a range of the index and all
 * of them in one condition would be none. The caller's transaction makes the steps one.
 */
export function queryRows(connection: Connection, table: ViewTable, query: RowQuery): readonly ViewRow[] {
  const filters = query.filters.map((filter) => filterSql(table, filter));
  const rows: ViewRow[] = [];
  for (const step of stepsOf(connection, table, query)) {
    const { text, values } = rowsSql(table, [...filters, ...step.conditions], step.order);
    rows.push(...connection.sql(text).all<ViewRow>(...values, query.limit + 1 - rows.length));
    if (rows.length > query.limit) break;
  }
  return rows;
}

/** A range of an index, in the order of the query. */
interface Step {
  readonly conditions: readonly SqlCondition[];
  readonly order: string;
}

function* stepsOf(connection: Connection, table: ViewTable, { sort, after }: RowQuery): Generator<Step> {
  const behindKey: readonly SqlCondition[] =
    after === undefined ? [] : [{ text: "key > ?", values: [after.key] }];
  if (sort === undefined) {
    yield { conditions: behindKey, order: "key" };
    return;
  }
  const column = quotedColumn(declaredField(table, sort.field).name);
  const isNull: SqlCondition = { text: `${column} IS NULL`, values: [] };
  const from: FieldValue | undefined = after?.value;
  if (sort.direction === "asc") {
    // NULL sorts before everything else in SQLite, as the port wants it.
    if (from === undefined) yield { conditions: [], order: `${column}, key` };
    else {
      const same = from === null ? isNull : { text: `${column} = ?`, values: [toColumn(from)] };
      const further =
        from === null
          ? { text: `${column} IS NOT NULL`, values: [] }
          : { text: `${column} > ?`, values: [toColumn(from)] };
      yield { conditions: [same, ...behindKey], order: "key" };
      yield { conditions: [further], order: `${column}, key` };
    }
    return;
  }
  if (from !== null) {
    if (from !== undefined) {
      yield { conditions: [{ text: `${column} = ?`, values: [toColumn(from)] }, ...behindKey], order: "key" };
    }
    yield* descending(connection, table, column, from === undefined ? undefined : toColumn(from));
  }
  yield { conditions: [isNull, ...(from === null ? behindKey : [])], order: "key" };
}

/** The rows whose value is less than `from`, all of them without it, from the greatest on. */
function* descending(
  connection: Connection,
  table: ViewTable,
  column: string,
  from: SqlValue | undefined,
): Generator<Step> {
  let below: SqlCondition =
    from === undefined
      ? { text: `${column} IS NOT NULL`, values: [] }
      : { text: `${column} < ?`, values: [from] };
  for (let count = 0; count < valuesOneByOne; count++) {
    const greatest = connection
      .sql(`SELECT max(${column}) AS value FROM ${quotedTable(table)} WHERE ${below.text}`)
      .get<{ readonly value: SqlValue }>(...below.values);
    if (greatest === undefined || greatest.value === null) return;
    yield { conditions: [{ text: `${column} = ?`, values: [greatest.value] }], order: "key" };
    below = { text: `${column} < ?`, values: [greatest.value] };
  }
  yield { conditions: [below], order: `${column} DESC, key` };
}

function rowsSql(table: ViewTable, conditions: readonly SqlCondition[], order: string): SqlCondition {
  const where = conditions.length === 0 ? "" : `WHERE ${conditions.map(({ text }) => text).join(" AND ")}`;
  return {
    text: `SELECT key, row, position FROM ${quotedTable(table)} ${where} ORDER BY ${order} LIMIT ?`,
    values: conditions.flatMap(({ values }) => values),
  };
}
