import type { FieldCondition, KeyedRow, ReadRows, RowsAsked } from "../domain/rows-asked.ts";
import type { ServiceDefinition } from "../domain/service.ts";
import { MillraceError } from "../errors/millrace-error.ts";
import type { RecordedEvent } from "../message/event.ts";
import { encodeToken } from "../message/token.ts";
import type { EventStore } from "../ports/event-store.ts";
import type { FieldValue, RowFilter } from "../ports/view-table.ts";
import type { QueryHandler } from "./query-handler.ts";

const defaultLimit = 100;

/** The rows that a policy sees while it handles an event: those of views that have seen the event, too. */
export type RowsFor = (event: RecordedEvent) => ReadRows;

export function rowsForPolicies(
  service: ServiceDefinition,
  events: EventStore,
  queries: QueryHandler,
): RowsFor {
  return (event) =>
    async <Row>({ name, definition }: Parameters<ReadRows>[0], asked: RowsAsked = {}) => {
      if (!service.views.includes(definition)) {
        throw new MillraceError(
          "view-not-found",
          `A policy of service ${service.name} reads ${name}, which is not a view of this service; expected among ${service.views.map((view) => view.name).join(", ") || "none"}.`,
        );
      }
      const point = await events.pointAt(event.position);
      const { where = {}, sort, limit = defaultLimit } = asked;
      const { rows } = await queries.rows(definition, {
        filters: Object.entries(where).flatMap(([field, condition]) => filtersOf(field, condition)),
        ...(sort === undefined ? {} : { sort }),
        limit,
        freshness: point === undefined ? {} : { token: encodeToken([point]) },
      });
      // Rows of the view that the caller has named.
      return rows.map(({ key, row }) => ({ key, row }) as KeyedRow<Row>);
    };
}

function filtersOf(field: string, condition: FieldCondition | undefined): readonly RowFilter[] {
  if (condition === undefined) return [];
  if (typeof condition !== "object" || condition === null) return [{ field, op: "eq", value: condition }];
  if ("in" in condition) return [{ field, op: "in", values: condition.in }];
  return (Object.entries(condition) as [keyof typeof condition, FieldValue | undefined][]).flatMap(
    ([op, value]) => (value === undefined ? [] : [{ field, op, value }]),
  );
}
