import { noTelemetry } from "../ports/telemetry.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { authenticator } from "./authentication.ts";
import { requireNoClash } from "./clashes.ts";
import { docsRoutes } from "./docs-routes.ts";
import type { Route } from "./exchange.ts";
import { unknownFeedRoutes } from "./feed-routes.ts";
import { healthRoutes } from "./health-routes.ts";
import type { HttpOptions } from "./http-options.ts";
import { openApiRoute } from "./openapi-route.ts";
import { metricsRoute, operationsAt } from "./operation-routes.ts";
import { RouteServer } from "./route-server.ts";
import { commandSurface, operationSurface, querySurface, relaySurface, surroundingsOf } from "./surfaces.ts";
import { unknownViewRoutes } from "./view-routes.ts";

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
  const { auth, development = false, telemetry = noTelemetry, metrics, swaggerUiFile } = options;
  const runtimes = [served].flat();
  requireNoClash(runtimes.map(({ service }) => service));
  const authenticate = authenticator(auth, development, telemetry);
  const authenticates = auth !== undefined && auth !== "none";
  const around = surroundingsOf(options, authenticates);
  const routes: Route[] = [];
  for (const runtime of runtimes) {
    const { service, roles } = runtime;
    if (roles.has("command")) routes.push(...commandSurface(runtime, around));
    if (roles.has("query")) routes.push(...querySurface(runtime, around));
    if (roles.has("relay")) routes.push(...relaySurface(runtime, around));
    routes.push(...operationSurface(runtime, around, operationsAt(service.name, runtimes.length)));
  }
  const queried = runtimes.filter(({ roles }) => roles.has("query"));
  if (queried.length > 0) routes.push(...unknownViewRoutes(queried.flatMap(({ service }) => service.views)));
  const relayed = runtimes.filter(({ roles }) => roles.has("relay"));
  if (relayed.length > 0) routes.push(...unknownFeedRoutes(relayed.map(({ service }) => service)));
  if (metrics !== undefined) routes.push(metricsRoute(around.gateOf(undefined), metrics));
  const { isStopping } = around.streams;
  routes.push(...healthRoutes(runtimes, { isStopping, development }));
  const hasMetrics = metrics !== undefined;
  routes.push(openApiRoute(runtimes, { authenticates, hasMetrics, hasOperations: true, hasHealth: true }));
  if (swaggerUiFile !== undefined) {
    const title = runtimes.map(({ service }) => service.name).join(", ");
    routes.push(...docsRoutes(title, swaggerUiFile));
  }
  const server = new RouteServer(routes, authenticate, options);
  return { fetch: (request) => server.fetch(request) };
}
