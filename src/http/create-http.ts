import { Hono } from "hono";
import { noTelemetry } from "../ports/telemetry.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { aggregateRoutes } from "./aggregate-routes.ts";
import { authenticator } from "./authentication.ts";
import { requireNoClash } from "./clashes.ts";
import { commandRoutes } from "./command-routes.ts";
import { corsPolicy } from "./cors.ts";
import { docsRoutes } from "./docs-routes.ts";
import { pathOf, type Route } from "./exchange.ts";
import { feedRoutes } from "./feed-routes.ts";
import { Gate } from "./gate.ts";
import { healthRoutes } from "./health-routes.ts";
import type { HttpOptions } from "./http-options.ts";
import { openApiRoute } from "./openapi-route.ts";
import { operationRoutes } from "./operation-routes.ts";
import { RouteServer } from "./route-server.ts";
import { unknownViewRoutes, viewRoutes } from "./view-routes.ts";

/** 1 MiB: far above any command, far below what would hurt. */
const defaultMaxBodyBytes = 1024 * 1024;

/** Below the minute after which common proxies take a silent connection for dead. */
const defaultHeartbeatMs = 15_000;

/** Twice what a query may ask a view to be waited for, and what hosts give a request. */
const defaultRequestTimeoutMs = 60_000;

/** The HTTP interface of a service, for whatever host speaks `Request` and `Response`. */
export interface Http {
  /** Answers a request; never rejects. */
  readonly fetch: (request: Request) => Promise<Response>;
}

/**
 * Makes the HTTP interface of a runtime: the routes that its roles ask for. Throws `authentication-undecided`,
 * `configuration-invalid`, and `declaration-invalid` for a clash of routes.
 */
export function createHttp(runtime: Runtime, options: HttpOptions = {}): Http {
  const { development = false, telemetry = noTelemetry, metrics, swaggerUiFile } = options;
  const { isStopping = () => false, maxBodyBytes = defaultMaxBodyBytes, operatorRole = "operator" } = options;
  const { service, roles } = runtime;
  requireNoClash(service);
  const authenticate = authenticator(options.auth, development, telemetry);
  const gate = new Gate({
    access: service.access,
    authenticates: options.auth !== undefined && options.auth !== "none",
    development,
    operatorRole,
    isLoopback: options.isLoopback ?? (() => false),
  });
  const streams = { heartbeatMs: options.heartbeatMs ?? defaultHeartbeatMs, isStopping, telemetry };
  const routes: Route[] = [];
  for (const definition of roles.has("command") ? service.aggregates : []) {
    routes.push(...commandRoutes({ runtime, gate, maxBodyBytes }, definition));
    routes.push(...aggregateRoutes(runtime, gate, definition));
  }
  for (const view of roles.has("query") ? service.views : []) {
    routes.push(...viewRoutes(runtime, gate, view, streams));
  }
  if (roles.has("query")) routes.push(...unknownViewRoutes(service.views));
  if (roles.has("relay")) routes.push(...feedRoutes(runtime, gate, streams));
  routes.push(...operationRoutes({ runtime, gate, maxBodyBytes, metrics }));
  routes.push(...healthRoutes(runtime, { isStopping, development }));
  routes.push(openApiRoute(runtime, options));
  if (swaggerUiFile !== undefined) routes.push(...docsRoutes(service.name, swaggerUiFile));

  const server = new RouteServer(routes, {
    authenticate,
    style: { development, telemetry },
    cors: corsPolicy(options.cors),
    requestTimeoutMs: options.requestTimeoutMs ?? defaultRequestTimeoutMs,
  });
  const app = new Hono();
  for (const route of server.merged) {
    app.all(route.path.replaceAll(/\{(\w+)\}/g, ":$1"), (c) => server.serve(route, c.req.raw, c.req.param()));
  }
  app.notFound((c) => server.notFound(c.req.raw));
  return {
    async fetch(request) {
      const path = pathOf(request.url);
      // Commands are what there is most of, so they skip the router.
      const direct = request.method === "POST" ? server.commandAt(path) : undefined;
      if (direct !== undefined) return server.serve(direct.route, request, direct.params);
      return server.decodable(path, request) ?? app.fetch(request);
    },
  };
}
