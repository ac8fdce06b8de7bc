import type { ViewDefinition } from "../domain/view.ts";
import { MillraceError } from "../errors/millrace-error.ts";
import { requireStorableText } from "../message/json.ts";
import type { RowFilter, StoredRow } from "../ports/view-table.ts";
import type { Freshness, Running } from "../runtime/runtime.ts";
import { halAnswer, taggedAnswer, tokenHeader } from "./answers.ts";
import { changeStream } from "./change-stream.ts";
import { type StreamSettings, wantsStream } from "./event-stream.ts";
import { type Exchange, param, queryOf, type Route } from "./exchange.ts";
import type { Gate } from "./gate.ts";
import { preferences } from "./request-headers.ts";
import { filterNames, rowFilters, rowParameters, rowQuery } from "./row-query.ts";
import { visibleRows } from "./row-rule.ts";

/** Longer keys are no keys but payloads. */
const longestKey = 1024;

/** Rows of one view: a list, one by its key, and live changes of either. */
export function viewRoutes(
  runtime: Running<"queries">,
  gate: Gate,
  view: ViewDefinition,
  streams: StreamSettings,
): readonly Route[] {
  const at = `/v1/views/${view.name}`;
  return [
    {
      path: at,
      methods: {
        GET: (exchange) => {
          gate.requireReadView(view.name, exchange.actor);
          if (!wantsStream(exchange.request)) return list(runtime, view, exchange);
          const filters = rowFilters(
            view.indexes,
            queryOf(exchange, filterNames(view.indexes), "query-invalid"),
          );
          return changeStream(runtime, view, exchange, { filters }, streams);
        },
      },
    },
    {
      path: `${at}/{key}`,
      methods: {
        GET: (exchange) => {
          gate.requireReadView(view.name, exchange.actor);
          const key = keyOf(exchange);
          queryOf(exchange, []);
          if (!wantsStream(exchange.request)) return one(runtime, view, key, exchange);
          return changeStream(runtime, view, exchange, { filters: [], key }, streams);
        },
      },
    },
  ];
}

/** Says which views there are to whoever asks for another. */
export function unknownViewRoutes(views: readonly ViewDefinition[]): readonly Route[] {
  const known = views.map((view) => view.name);
  const GET = (exchange: Exchange) => {
    throw new MillraceError(
      "view-not-found",
      `There is no view ${JSON.stringify(param(exchange, "view").slice(0, 100))}; expected one of ${known.join(", ") || "none"}.`,
      { data: { expected: known } },
    );
  };
  return [
    { path: "/v1/views/{view}", methods: { GET } },
    { path: "/v1/views/{view}/{key}", methods: { GET } },
  ];
}

async function list(
  runtime: Running<"queries">,
  view: ViewDefinition,
  exchange: Exchange,
): Promise<Response> {
  const { request, actor } = exchange;
  const query = queryOf(exchange, rowParameters(view.indexes), "query-invalid");
  const asked = rowQuery(view, query);
  const visible = visibleRows(runtime.service.access, view, actor);
  const freshness = freshnessOf(request);
  const answer = await runtime.queries.rows(view.name, {
    ...asked,
    filters: allOf(asked.filters, visible),
    freshness,
  });
  const rows = visible === "none" ? [] : answer.rows;
  const at = `/v1/views/${view.name}`;
  const next = visible === "none" ? undefined : answer.next;
  return halAnswer(
    {
      _embedded: { [view.name]: rows.map((row) => rowBody(at, row)) },
      _links: {
        self: { href: hrefOf(at, query) },
        ...(next === undefined ? {} : { next: { href: hrefOf(at, new Map([...query, ["cursor", next]])) } }),
      },
    },
    { ...tokenHeader(answer.point), ...applied(answer.fresh), vary: "accept" },
  );
}

async function one(
  runtime: Running<"queries">,
  view: ViewDefinition,
  key: string,
  exchange: Exchange,
): Promise<Response> {
  const { request, actor } = exchange;
  const visible = visibleRows(runtime.service.access, view, actor);
  const freshness = freshnessOf(request);
  const answer = await runtime.queries.row(view.name, key, { filters: allOf([], visible), freshness });
  const row = visible === "none" ? undefined : answer.row;
  if (row === undefined) {
    throw new MillraceError("row-not-found", `The view ${view.name} has no row ${JSON.stringify(key)}.`, {
      data: { view: view.name, key },
    });
  }
  return taggedAnswer(
    request,
    `"${view.version}-${row.position}"`,
    () => rowBody(`/v1/views/${view.name}`, row),
    { ...tokenHeader(answer.point), ...applied(answer.fresh), vary: "accept" },
  );
}

function rowBody(at: string, { key, row }: StoredRow): unknown {
  return { ...row, _links: { self: { href: `${at}/${encodeURIComponent(key)}` } } };
}

function keyOf(exchange: Exchange): string {
  const key = param(exchange, "key");
  if (key.length > longestKey) {
    throw new MillraceError("request-malformed", `The key of a row has at most ${longestKey} characters.`);
  }
  requireStorableText(key, "The key");
  return key;
}

function freshnessOf({ headers }: Request): Freshness {
  const token = headers.get("millrace-token");
  const { waitMs, isLenient } = preferences(headers);
  return {
    ...(token === null ? {} : { token }),
    ...(waitMs === undefined ? {} : { waitMs }),
    lenient: isLenient,
  };
}

/** An answer from before the caller's token is one only because the caller allowed it. */
function applied(fresh: boolean): Record<string, string> {
  return fresh ? {} : { "preference-applied": "handling=lenient" };
}

function allOf(filters: readonly RowFilter[], visible: readonly RowFilter[] | "none" | undefined) {
  return visible === undefined || visible === "none" ? filters : [...filters, ...visible];
}

function hrefOf(at: string, query: ReadonlyMap<string, string>): string {
  return query.size === 0 ? at : `${at}?${new URLSearchParams([...query])}`;
}
