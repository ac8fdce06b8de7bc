import type { Service } from "../../domain/service.ts";
import { MillraceError } from "../../errors/millrace-error.ts";
import { type Authenticator, nobody } from "../../http/authenticator.ts";
import { requireNoClash } from "../../http/clashes.ts";
import type { RequestOptions } from "../../http/http-options.ts";
import { problemOf } from "../../http/problem.ts";
import { RouteServer } from "../../http/route-server.ts";
import { surroundingsOf } from "../../http/surfaces.ts";
import type { EventStore } from "../../ports/event-store.ts";
import type { StateStore } from "../../ports/state-store.ts";
import { noTelemetry, type Telemetry } from "../../ports/telemetry.ts";
import type { DrainReport, DrainRequest } from "../../runtime/drain.ts";
import { once } from "../../runtime/once.ts";
import { openParts, type PartOptions } from "../../runtime/open-parts.ts";
import type { OpenedSide, Side } from "./sides.ts";

/** The two stores of a service, opened. */
export interface Stores {
  readonly events: EventStore;
  readonly state: StateStore;
  /** Finishes what was accepted. */
  close(): Promise<void>;
}

export interface FetchOptions extends RequestOptions, Omit<PartOptions, "events" | "state"> {
  /** Opens the stores: when the first request comes, since platforms measure how long a function takes to be there. */
  readonly stores: () => Promise<Stores>;
  /** What the handler is made of: `commands`, `queries`, `processors`, `feed`, `operations`, `health`, `openApi`. */
  readonly sides: readonly Side[];
  /** How callers prove who they are: `bearerTokens({ … })`, or "none", spelled out. */
  readonly auth: "none" | Identification;
}

/** Makes what tells who asks: see `bearerTokens`. */
export type Identification = (telemetry: Telemetry) => Authenticator;

/** What a platform offers besides the request, as Workers do. */
export interface RequestContext {
  /** Keeps the function alive until the work is done, after the answer. */
  waitUntil?(work: Promise<unknown>): void;
}

/** A service as a function: it does nothing by itself, and keeps nothing that could not be lost. */
export interface FetchHandler {
  /**
   * Answers a request; never rejects. Where the platform has `waitUntil` and the processors are here, what a command leads to is
   * handled after its answer.
   */
  readonly fetch: (request: Request, context?: RequestContext) => Promise<Response>;
  /** See `Runtime.drain`: for schedules and queues. Rejects with `configuration-invalid` where `processors` is not among the sides. */
  readonly drain: (request: DrainRequest) => Promise<DrainReport>;
  /** Finishes what was accepted, and closes the stores. */
  readonly close: () => Promise<void>;
}

/** How long what a command leads to may be worked on after its answer; the rest is for the next drain. Below what platforms allow. */
const afterCommandMs = 20_000;

interface Opened {
  readonly stores: Stores;
  readonly server: RouteServer;
  readonly sides: readonly OpenedSide[];
}

/**
 * Makes a service a function of a request, for any platform that speaks `Request` and `Response`. Throws `declaration-invalid` for a
 * clash of routes, and `configuration-invalid`; what the stores reject with when they are opened is the answer to the request.
 */
export function fetchHandler(service: Service, options: FetchOptions): FetchHandler {
  const { auth, development = false, telemetry = noTelemetry } = options;
  requireNoClash([service.definition]);
  const authenticates = auth !== "none";
  const authenticate = authenticates ? auth(telemetry) : nobody;
  const around = surroundingsOf(options, authenticates);
  const roles = new Set(options.sides.flatMap(({ role }) => role ?? []));
  const names = new Set(options.sides.map(({ name }) => name));

  const opened = once(async (): Promise<Opened> => {
    const stores = await options.stores();
    const parts = openParts(service, { ...options, ...stores }, roles);
    const settings = { sides: names, roles, around, development, authenticates };
    const sides = options.sides.map((side) => side.open(parts, settings));
    for (const side of sides) await side.ready?.();
    const routes = sides.flatMap((side) => side.routes ?? []);
    return { stores, sides, server: new RouteServer(routes, authenticate, options) };
  });

  const drain = async (request: DrainRequest): Promise<DrainReport> => {
    const { sides } = await opened();
    const drained = sides.find((side) => side.drain !== undefined)?.drain;
    if (drained !== undefined) return drained(request);
    throw new MillraceError(
      "configuration-invalid",
      `The function of service ${service.name} has no processors to drain; expected "processors" among its sides, found ${[...names].join(", ")}.`,
    );
  };

  const drainAfterCommands = coalesced(async () => {
    try {
      await drain({ maxMs: afterCommandMs });
    } catch (error) {
      telemetry.log("warn", "What a command leads to is left to the next drain.", { error: String(error) });
    }
  });

  return {
    async fetch(request, context) {
      let server: RouteServer;
      try {
        ({ server } = await opened());
      } catch (error) {
        return problemOf(error, { development, telemetry });
      }
      const response = await server.fetch(request);
      if (request.method === "POST" && response.ok && names.has("processors")) {
        context?.waitUntil?.(drainAfterCommands());
      }
      return response;
    },
    drain,
    async close() {
      const { sides, stores } = await opened();
      for (const side of sides) await side.settle?.();
      await stores.close();
    },
  };
}

/** Has work done that was asked for while it was being done once more, and not more often. */
function coalesced(work: () => Promise<void>): () => Promise<void> {
  let doing: Promise<void> | undefined;
  let next: Promise<void> | undefined;
  const begin = (): Promise<void> => {
    doing = work().finally(() => {
      doing = undefined;
    });
    return doing;
  };
  return () => {
    if (doing === undefined) return begin();
    next ??= doing.then(() => {
      next = undefined;
      return begin();
    });
    return next;
  };
}
