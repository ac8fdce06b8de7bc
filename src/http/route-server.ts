import { TrieRouter } from "hono/router/trie-router";
import { MillraceError } from "../errors/millrace-error.ts";
import { noTelemetry } from "../ports/telemetry.ts";
import type { Authenticator } from "./authenticator.ts";
import { type CorsPolicy, corsPolicy } from "./cors.ts";
import { type Handler, pathOf, type Route, requireDecodable } from "./exchange.ts";
import type { RequestOptions } from "./http-options.ts";
import { type ProblemStyle, problemOf } from "./problem.ts";
import { withinLimit } from "./time-limit.ts";

/** Twice what a query may ask a view to be waited for, and what hosts give a request. */
const defaultRequestTimeoutMs = 60_000;

type Params = Readonly<Record<string, string>>;

const knownMethods = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]);

/** The router's word for it: which methods a route knows is the route's to say. */
const anyMethod = "ALL";

/** Answers requests by routes: finds the route, asks who is there, does what the method does, tells failures, counts. */
export class RouteServer {
  readonly #router = new TrieRouter<Route>();
  readonly #authenticate: Authenticator;
  readonly #style: ProblemStyle;
  readonly #cors: CorsPolicy | undefined;
  readonly #requestTimeoutMs: number;

  constructor(routes: readonly Route[], authenticate: Authenticator, options: RequestOptions) {
    this.#authenticate = authenticate;
    const { development = false, telemetry = noTelemetry } = options;
    this.#style = { development, telemetry };
    this.#cors = corsPolicy(options.cors);
    this.#requestTimeoutMs = options.requestTimeoutMs ?? defaultRequestTimeoutMs;
    for (const route of mergeByPath(routes)) {
      this.#router.add(anyMethod, route.path.replaceAll(/\{(\w+)\}/g, ":$1"), route);
    }
  }

  /** Answers a request; never rejects. */
  async fetch(request: Request): Promise<Response> {
    let path = "none";
    let response: Response;
    try {
      const { route, params } = this.#find(pathOf(request.url));
      path = route.path;
      response = await this.#answer(route, request, params);
    } catch (error) {
      response = problemOf(error, this.#style);
    }
    if (request.method === "HEAD" && response.body !== null) {
      response = new Response(null, { status: response.status, headers: response.headers });
    }
    return this.#finish(request, path, response);
  }

  #find(path: string): { readonly route: Route; readonly params: Params } {
    const isEscaped = path.includes("%");
    if (isEscaped) requireDecodable(path, "path");
    const [found] = this.#router.match(anyMethod, path)[0];
    if (found === undefined) {
      throw new MillraceError(
        "route-not-found",
        `No route has the path ${JSON.stringify(path.slice(0, 200))}.`,
      );
    }
    const [route, params] = found as [Route, Params];
    return { route, params: isEscaped ? decoded(params) : params };
  }

  async #answer(route: Route, request: Request, params: Params): Promise<Response> {
    const handler = this.#handlerOf(route, request.method);
    const authenticated = route.isPublic === true ? undefined : this.#authenticate(request);
    const actor = authenticated === undefined ? undefined : await authenticated;
    const handling = handler({ request, params, actor });
    return withinLimit(handling, request.method, this.#requestTimeoutMs);
  }

  #handlerOf(route: Route, method: string): Handler {
    if (method === "POST" && route.methods.POST !== undefined) return route.methods.POST;
    if ((method === "GET" || method === "HEAD") && route.methods.GET !== undefined) return route.methods.GET;
    const allow = allowOf(route);
    if (method === "OPTIONS") return () => new Response(null, { status: 204, headers: { allow } });
    throw new MillraceError(
      "method-not-allowed",
      `${route.path} takes ${allow}; found ${method.slice(0, 20)}.`,
      { data: { allow } },
    );
  }

  #finish(request: Request, route: string, response: Response): Response {
    this.#style.telemetry.count("millrace_http_requests_total", {
      // Callers may invent methods, and each label is kept for good.
      method: knownMethods.has(request.method) ? request.method : "other",
      route,
      status: String(response.status),
    });
    this.#cors?.(request, response);
    return response;
  }
}

function allowOf({ methods }: Route): string {
  const names = methods.GET === undefined ? [] : ["GET", "HEAD"];
  return [...names, ...(methods.POST === undefined ? [] : ["POST"]), "OPTIONS"].join(", ");
}

function decoded(params: Params): Params {
  return Object.fromEntries(Object.entries(params).map(([name, value]) => [name, decodeURIComponent(value)]));
}

/** Routes of the same path become one that knows all methods, so that it can tell which there are. */
function mergeByPath(routes: readonly Route[]): readonly Route[] {
  const merged = new Map<string, Route>();
  for (const route of routes) {
    const known = merged.get(route.path);
    merged.set(route.path, known ? { ...known, methods: { ...known.methods, ...route.methods } } : route);
  }
  return [...merged.values()];
}
