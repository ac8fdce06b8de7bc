import type { ServiceDefinition } from "../domain/service.ts";
import type { ViewDefinition } from "../domain/view.ts";
import { MillraceError } from "../errors/millrace-error.ts";
import { once } from "./once.ts";
import { QueryHandler } from "./query-handler.ts";
import type { QuerySide } from "./runtime.ts";
import type { ServiceParts } from "./service-parts.ts";
import { viewChanges } from "./view-changes.ts";
import { ViewReader } from "./view-reader.ts";
import { ensureTables } from "./view-tables.ts";

/** A query side that says, from its start to its stop, which views are read here. */
export interface StartableQuerySide extends QuerySide {
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** Makes the query side of a service. */
export function querySide(parts: ServiceParts): StartableQuerySide {
  const { service, states } = parts.core;
  const reader = parts.get(viewReader);
  return {
    ...parts.get(answers),
    async start() {
      await ensureTables(states, service.views);
      await reader.start();
    },
    stop: () => reader.stop(),
  };
}

/** Makes the query side of a service where nothing runs on between requests: it says which views are read while they are. */
export function requestedQuerySide(parts: ServiceParts): QuerySide {
  const { service, states } = parts.core;
  const { rows, row, changes } = parts.get(answers);
  const reader = parts.get(viewReader);
  const ensured = once(() => ensureTables(states, service.views));
  const ready = async () => {
    await ensured();
    await reader.announceWhereDue();
  };
  return {
    rows: async (view, request) => {
      await ready();
      return rows(view, request);
    },
    row: async (view, key, request) => {
      await ready();
      return row(view, key, request);
    },
    async *changes(view, request) {
      await ready();
      yield* changes(view, request);
    },
  };
}

function answers(parts: ServiceParts): QuerySide {
  const { service, events, states, clock } = parts.core;
  const queries = parts.get(queryHandler);
  return {
    rows: async (view, request) => queries.rows(viewOf(service, view), request),
    row: async (view, key, request) => queries.row(viewOf(service, view), key, request),
    changes: (view, request) =>
      viewChanges({ events, states, clock, queries }, viewOf(service, view), request),
  };
}

function viewReader({ core }: ServiceParts): ViewReader {
  const { service, states, clock, telemetry, settings } = core;
  return new ViewReader({ views: service.views, states, clock, telemetry, id: settings.workerId });
}

/** Makes what answers queries of views that are at hand. */
export function queryHandler({ core }: ServiceParts): QueryHandler {
  return new QueryHandler(core);
}

function viewOf(service: ServiceDefinition, name: string): ViewDefinition {
  const view = service.views.find((declared) => declared.name === name);
  if (view !== undefined) return view;
  throw new MillraceError(
    "view-not-found",
    `Service ${service.name} has no view ${JSON.stringify(name)}; expected one of ${service.views.map((declared) => declared.name).join(", ") || "none"}.`,
    { data: { view: name } },
  );
}
