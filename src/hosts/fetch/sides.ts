import { isMillraceError, MillraceError } from "../../errors/millrace-error.ts";
import type { Route } from "../../http/exchange.ts";
import { unknownFeedRoutes } from "../../http/feed-routes.ts";
import { healthRoutes } from "../../http/health-routes.ts";
import { openApiRoute } from "../../http/openapi-route.ts";
import { pushRoute } from "../../http/push-route.ts";
import {
  commandSurface,
  operationSurface,
  querySurface,
  relaySurface,
  type Surroundings,
} from "../../http/surfaces.ts";
import { unknownViewRoutes } from "../../http/view-routes.ts";
import { WebhookSecrets } from "../../message/webhook-signature.ts";
import { beginPolicies } from "../../runtime/begin-policies.ts";
import { commandSide } from "../../runtime/command-side.ts";
import type { DrainReport, DrainRequest } from "../../runtime/drain.ts";
import { Feed } from "../../runtime/feed.ts";
import { healthOf } from "../../runtime/health.ts";
import { ServiceOperations } from "../../runtime/operations.ts";
import { processorSide } from "../../runtime/processor-side.ts";
import { requestedQuerySide } from "../../runtime/query-side.ts";
import type { Role } from "../../runtime/runtime.ts";
import type { ServiceParts } from "../../runtime/service-parts.ts";

/** What a fetch handler can be made of. A bundle holds the sides that its entry point names, and nothing of the others. */
export interface Side {
  readonly name: SideName;
  /** The role that it plays; absent for what belongs to none. */
  readonly role?: Role;
  open(parts: ServiceParts, settings: SideSettings): OpenedSide;
}

export type SideName =
  | "commands"
  | "queries"
  | "processors"
  | "doorbell"
  | "feed"
  | "operations"
  | "health"
  | "openApi";

export interface SideSettings {
  /** The sides that there are. */
  readonly sides: ReadonlySet<SideName>;
  readonly roles: ReadonlySet<Role>;
  readonly around: Surroundings;
  readonly development: boolean;
  /** Whether callers can prove who they are. */
  readonly authenticates: boolean;
}

export interface OpenedSide {
  /** Resolves when requests can be answered. */
  readonly ready?: () => Promise<void>;
  readonly routes?: readonly Route[];
  /** See `Runtime.drain`. */
  readonly drain?: (request: DrainRequest) => Promise<DrainReport>;
  /** Finishes what was accepted. */
  readonly settle?: () => Promise<void>;
}

/** The command side: aggregates are commanded, and read as they are. */
export const commands: Side = {
  name: "commands",
  role: "command",
  open(parts, { around }) {
    const side = parts.get(commandSide);
    return {
      routes: commandSurface({ service: parts.core.service, commands: side }, around),
      ready: () => beginPolicies(parts).catch(leaveToProcessors),
      settle: () => side.settle(),
    };
  },
};

/** A user with the least rights of the command side may not begin policies: then they begin where processors first run. */
function leaveToProcessors(error: unknown): void {
  if (!isMillraceError(error, "store-read-only")) throw error;
}

/** The query side: views are read. They are as far as they were drained. */
export const queries: Side = {
  name: "queries",
  role: "query",
  open(parts, { around }) {
    const { service } = parts.core;
    const side = parts.get(requestedQuerySide);
    return {
      routes: [...querySurface({ service, queries: side }, around), ...unknownViewRoutes(service.views)],
    };
  },
};

/** The processors, which work while they are drained, and at no other time. */
export const processors: Side = {
  name: "processors",
  role: "processor",
  open: (parts) => ({
    ready: () => beginPolicies(parts),
    drain: (request) => parts.get(processorSide).drain(request),
  }),
};

/**
 * A doorbell at the processors: `POST /v1/processors/{name}/events`, signed by the relay with the secret. Whoever rings has the processor
 * drained, and is told when it is caught up. Wants `processors` beside it.
 */
export function doorbell({ secret }: { readonly secret: string | readonly string[] }): Side {
  const secrets = new WebhookSecrets(secret, "The secret of the doorbell");
  return {
    name: "doorbell",
    role: "processor",
    open: (parts) => ({
      routes: [
        pushRoute({
          secrets,
          clock: parts.core.clock,
          receive: async (processor, batch) => {
            const request = { processors: [processor], maxMs: ringMs };
            const { caughtUp } = await parts.get(processorSide).drain(request);
            if (caughtUp) return batch.map(({ id }) => ({ id, status: "handled", commands: [] }));
            throw new MillraceError("service-unavailable", `${processor} is not caught up yet: ring again.`);
          },
        }),
      ],
    }),
  };
}

/** How long who rings waits. Below the time that the relay gives a call. */
const ringMs = 20_000;

/** The feed of what the service publishes. */
export const feed: Side = {
  name: "feed",
  role: "relay",
  open(parts, { around }) {
    const { service } = parts.core;
    const runtime = { service, feed: new Feed(parts.core) };
    return { routes: [...relaySurface(runtime, around), ...unknownFeedRoutes([service])] };
  },
};

/** What operators use, at `/admin`. */
export const operations: Side = {
  name: "operations",
  open(parts, { roles, around }) {
    const side = new ServiceOperations({ ...parts.core, roles, nudge: () => {}, isStopping: () => false });
    return { routes: operationSurface({ service: parts.core.service, operations: side }, around, "/admin") };
  },
};

/** Whether the service can be given work: `/health/live` and `/health/ready`. */
export const health: Side = {
  name: "health",
  open({ core }, { roles, around, development }) {
    const { isStopping } = around.streams;
    const views = roles.has("query") || roles.has("processor") ? core.service.views : undefined;
    const asked = {
      service: core.service,
      operations: { health: () => healthOf(core, views, isStopping()) },
    };
    return { routes: healthRoutes([asked], { isStopping, development }) };
  },
};

/** The description of the interface, at `/openapi.json`. */
export const openApi: Side = {
  name: "openApi",
  open({ core: { service } }, { sides, roles, authenticates }) {
    const facts = {
      authenticates,
      hasMetrics: false,
      hasOperations: sides.has("operations"),
      hasHealth: sides.has("health"),
    };
    return { routes: [openApiRoute([{ service, roles }], facts)] };
  },
};
