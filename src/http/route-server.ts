import { MillraceError } from "../errors/millrace-error.ts";
import type { Authenticator } from "./authentication.ts";
import type { CorsPolicy } from "./cors.ts";
import { type Handler, pathOf, type Route, requireDecodable } from "./exchange.ts";
import { type ProblemStyle, problemOf } from "./problem.ts";
import { withinLimit } from "./time-limit.ts";

interface RouteServerParts {
  readonly authenticate: Authenticator;
  readonly style: ProblemStyle;
  readonly cors: CorsPolicy | undefined;
  readonly requestTimeoutMs: number;
}

type Params = Readonly<Record<string, string>>;

const knownMethods = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]);
const noParams: Params = {};

/** Answers requests whose route was found: who asks, what the method does, how failures are told, what is counted. */
export class RouteServer {
  /** The routes, those of one path as one. */
  readonly merged: readonly Route[];
  readonly #parts: RouteServerParts;
  readonly #creating = new Map<string, Route>();
  readonly #commands = new Map<string, Map<string, Route>>();

  constructor(routes: readonly Route[], parts: RouteServerParts) {
    this.#parts = parts;
    this.merged = mergeByPath(routes);
    for (const route of this.merged) this.#addCommand(route);
  }

  /** The route of a command, and its parameters, where the path is exactly that of one. */
  commandAt(path: string): { readonly route: Route; readonly params: Params } | undefined {
    if (!path.startsWith("/v1/") || path.includes("%")) return undefined;
    const [, , collection = "", id = "", commands, command = "", more] = path.split("/");
    if (commands === undefined) {
      const route = id === "" ? this.#creating.get(collection) : undefined;
      return route && path.length === collection.length + 4 ? { route, params: noParams } : undefined;
    }
    if (commands !== "commands" || id === "" || more !== undefined) return undefined;
    const route = this.#commands.get(collection)?.get(command);
    return route && { route, params: { id } };
  }

  /** An answer for a path that cannot be decoded; undefined for others. */
  decodable(path: string, request: Request): Response | undefined {
    if (!path.includes("%")) return undefined;
    try {
      requireDecodable(path, "path");
      return undefined;
    } catch (error) {
      return this.#finish(request, "none", problemOf(error, this.#parts.style));
    }
  }

  notFound(request: Request): Response {
    const path = pathOf(request.url).slice(0, 200);
    const error = new MillraceError("route-not-found", `No route has the path ${JSON.stringify(path)}.`);
    return this.#finish(request, "none", problemOf(error, this.#parts.style));
  }

  async serve(route: Route, request: Request, params: Params): Promise<Response> {
    let response: Response;
    try {
      const handler = this.#handlerOf(route, request.method);
      const authenticated = route.isPublic === true ? undefined : this.#parts.authenticate(request);
      const actor = authenticated === undefined ? undefined : await authenticated;
      const handling = handler({ request, params, actor });
      response = await withinLimit(handling, request.method, this.#parts.requestTimeoutMs);
    } catch (error) {
      response = problemOf(error, this.#parts.style);
    }
    if (request.method === "HEAD" && response.body !== null) {
      response = new Response(null, { status: response.status, headers: response.headers });
    }
    return this.#finish(request, route.path, response);
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
    const { style, cors } = this.#parts;
    style.telemetry.count("millrace_http_requests_total", {
      // Callers may invent methods, and each label is kept for good.
      method: knownMethods.has(request.method) ? request.method : "other",
      route,
      status: String(response.status),
    });
    cors?.(request, response);
    return response;
  }

  #addCommand(route: Route): void {
    const [, , collection = "", id, commands, command] = route.path.split("/");
    if (route.methods.POST === undefined || !route.path.startsWith("/v1/")) return;
    if (id === undefined) {
      this.#creating.set(collection, route);
    } else if (commands === "commands" && command !== undefined && !command.startsWith("{")) {
      const known = this.#commands.get(collection) ?? new Map<string, Route>();
      this.#commands.set(collection, known.set(command, route));
    }
  }
}

function allowOf({ methods }: Route): string {
  const names = methods.GET === undefined ? [] : ["GET", "HEAD"];
  return [...names, ...(methods.POST === undefined ? [] : ["POST"]), "OPTIONS"].join(", ");
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
