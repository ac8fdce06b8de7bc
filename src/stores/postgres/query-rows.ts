import type { FieldValue, Row, RowPage, RowQuery, StoredRow, ViewTable } from "../../ports/view-table.ts";
import { processorOfTable } from "../../ports/view-table.ts";
import { declaredField } from "../foundation/indexed-field.ts";
import type { Session } from "./database.ts";
import { filterSql, Parameters } from "./row-filter-sql.ts";
import { quotedColumn, quotedTable } from "./view-table-names.ts";

/** A row of a view's table. */
export interface ViewRow {
  readonly key: string;
  readonly row: string;
  readonly position: number;
}

interface PageRow {
  readonly key: string | null;
  readonly row: string;
  readonly position: number;
  readonly step: number;
  readonly checkpoint_log: string | null;
  readonly checkpoint_position: number;
  readonly checkpoint_event: string;
}

export function toStoredRow({ key, row, position }: ViewRow): StoredRow {
  return { key, row: JSON.parse(row) as Row, position };
}

/** The page that a query asks for and the checkpoint beside it, in one statement and so as of one instant. */
export async function queryRows(session: Session, table: ViewTable, query: RowQuery): Promise<RowPage> {
  const parameters = new Parameters();
  const filters = query.filters.map((filter) => filterSql(table, filter, parameters));
  const processor = parameters.add(processorOfTable(table));
  const limit = parameters.add(query.limit + 1);
  const steps = stepsOf(table, query, parameters).map(({ conditions, order }, step) => {
    const all = [...filters, ...conditions];
    const where = all.length === 0 ? "" : `WHERE ${all.join(" AND ")}`;
    return `(SELECT key, "row", position, ${step} AS step FROM ${quotedTable(table)} ${where} ORDER BY ${order} LIMIT ${limit})`;
  });
  const found = await session.all<PageRow>(
    `SELECT p.*, c.* FROM (SELECT 1) one
    LEFT JOIN (
      SELECT checkpoint_log, checkpoint_position, checkpoint_event FROM @processor_ranges
      WHERE processor = ${processor} ORDER BY checkpoint_position LIMIT 1
    ) c ON true
    LEFT JOIN (${steps.join(" UNION ALL ")}) p ON true`,
    parameters.values,
  );
  const rows = found
    .filter((row): row is PageRow & ViewRow => row.key !== null)
    // Each step comes in its own order, but nobody promised that they come one after the other.
    .sort((a, b) => a.step - b.step);
  const [first] = found;
  return {
    rows: rows.slice(0, query.limit).map(toStoredRow),
    more: rows.length > query.limit,
    checkpoint:
      first === undefined || first.checkpoint_log === null
        ? undefined
        : {
            logId: first.checkpoint_log,
            position: first.checkpoint_position,
            eventId: first.checkpoint_event,
          },
  };
}

/** A range of an index, in the order of the query. */
interface Step {
  readonly conditions: readonly string[];
  readonly order: string;
}

/** What comes after a row, in steps (rest of the same value, further values, null): each is a range of the index. */
function stepsOf(table: ViewTable, { sort, after }: RowQuery, parameters: Parameters): readonly Step[] {
  const behindKey = after === undefined ? [] : [`key > ${parameters.add(after.key)}`];
  if (sort === undefined) return [{ conditions: behindKey, order: "key" }];
  const column = quotedColumn(declaredField(table, sort.field).name);
  const isNull = `${column} IS NULL`;
  const from: FieldValue | undefined = after?.value;
  const isAscending = sort.direction === "asc";
  const order = isAscending ? `${column} NULLS FIRST, key` : `${column} DESC NULLS LAST, key`;
  if (from === undefined) return [{ conditions: [], order }];
  if (from === null) {
    const rest = { conditions: [isNull, ...behindKey], order: "key" };
    return isAscending ? [rest, { conditions: [`${column} IS NOT NULL`], order }] : [rest];
  }
  const value = parameters.add(from);
  const rest = { conditions: [`${column} = ${value}`, ...behindKey], order: "key" };
  if (isAscending) return [rest, { conditions: [`${column} > ${value}`], order }];
  return [rest, { conditions: [`${column} < ${value}`], order }, { conditions: [isNull], order: "key" }];
}
