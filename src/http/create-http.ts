import { Hono } from "hono";
import type { AnyAccess } from "../domain/access.ts";
import { noTelemetry } from "../ports/telemetry.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { aggregateRoutes } from "./aggregate-routes.ts";
import { authenticator } from "./authentication.ts";
import { requireNoClash } from "./clashes.ts";
import { commandRoutes } from "./command-routes.ts";
import { corsPolicy } from "./cors.ts";
import { docsRoutes } from "./docs-routes.ts";
import { pathOf, type Route } from "./exchange.ts";
import { feedRoutes, unknownFeedRoutes } from "./feed-routes.ts";
import { Gate } from "./gate.ts";
import { healthRoutes } from "./health-routes.ts";
import type { HttpOptions } from "./http-options.ts";
import { openApiRoute } from "./openapi-route.ts";
import { metricsRoute, operationRoutes, operationsAt } from "./operation-routes.ts";
import { RouteServer } from "./route-server.ts";
import { unknownViewRoutes, viewRoutes } from "./view-routes.ts";

/** 1 MiB: far above any command, far below what would hurt. */
const defaultMaxBodyBytes = 1024 * 1024;

/** Below the minute after which common proxies take a silent connection for dead. */
const defaultHeartbeatMs = 15_000;

/** Twice what a query may ask a view to be waited for, and what hosts give a request. */
const defaultRequestTimeoutMs = 60_000;

/** The HTTP interface of one service or several, for whatever host speaks `Request` and `Response`. */
export interface Http {
  /** Answers a request; never rejects. */
  readonly fetch: (request: Request) => Promise<Response>;
}

/**
 * Makes the HTTP interface of a runtime, or of several in one URL space: the routes that their roles ask for. Operations are at
 * `/admin`, or at `/services/{service}/admin` where there are several. Throws `authentication-undecided`,
 * `configuration-invalid`, and `declaration-invalid` for a clash of routes.
 */
export function createHttp(served: Runtime | readonly Runtime[], options: HttpOptions = {}): Http {
  const { development = false, telemetry = noTelemetry, metrics, swaggerUiFile } = options;
  const { isStopping = () => false, maxBodyBytes = defaultMaxBodyBytes, operatorRole = "operator" } = options;
  const runtimes = [served].flat();
  requireNoClash(runtimes.map(({ service }) => service));
  const authenticate = authenticator(options.auth, development, telemetry);
  const gateOf = (access: AnyAccess | undefined) =>
    new Gate({
      access,
      authenticates: options.auth !== undefined && options.auth !== "none",
      development,
      operatorRole,
      isLoopback: options.isLoopback ?? (() => false),
    });
  const streams = { heartbeatMs: options.heartbeatMs ?? defaultHeartbeatMs, isStopping, telemetry };
  const routes: Route[] = [];
  for (const runtime of runtimes) {
    const { service, roles } = runtime;
    const gate = gateOf(service.access);
    for (const definition of roles.has("command") ? service.aggregates : []) {
      routes.push(...commandRoutes({ runtime, gate, maxBodyBytes }, definition));
      routes.push(...aggregateRoutes(runtime, gate, definition));
    }
    for (const view of roles.has("query") ? service.views : []) {
      routes.push(...viewRoutes(runtime, gate, view, streams));
    }
    if (roles.has("relay")) routes.push(...feedRoutes(runtime, gate, streams));
    const at = operationsAt(service.name, runtimes.length);
    routes.push(...operationRoutes({ runtime, gate, maxBodyBytes, at }));
  }
  const queried = runtimes.filter(({ roles }) => roles.has("query"));
  if (queried.length > 0) routes.push(...unknownViewRoutes(queried.flatMap(({ service }) => service.views)));
  const relayed = runtimes.filter(({ roles }) => roles.has("relay"));
  if (relayed.length > 0) routes.push(...unknownFeedRoutes(relayed.map(({ service }) => service)));
  if (metrics !== undefined) routes.push(metricsRoute(gateOf(undefined), metrics));
  routes.push(...healthRoutes(runtimes, { isStopping, development }));
  routes.push(openApiRoute(runtimes, options));
  if (swaggerUiFile !== undefined) {
    const title = runtimes.map(({ service }) => service.name).join(", ");
    routes.push(...docsRoutes(title, swaggerUiFile));
  }

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
