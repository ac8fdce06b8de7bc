import { MillraceError } from "../errors/millrace-error.ts";
import type { Running } from "../runtime/runtime.ts";
import { jsonAnswer } from "./answers.ts";
import { type Exchange, type Handler, param, queryOf, type Route } from "./exchange.ts";
import type { Gate } from "./gate.ts";
import { readJson } from "./read-body.ts";

export interface OperationRouteParts {
  readonly runtime: Running<"operations">;
  readonly gate: Gate;
  readonly maxBodyBytes: number;
  /** See `operationsAt`. */
  readonly at: string;
}

/** Where the operations of a service stand that shares its URL space with others, or does not. */
export function operationsAt(service: string, services: number): string {
  return services > 1 ? `/services/${service}/admin` : "/admin";
}

/** What operators do: look after processors and parked events. */
export function operationRoutes({ runtime, gate, maxBodyBytes, at }: OperationRouteParts): readonly Route[] {
  const { operations } = runtime;
  const guarded =
    (handler: (exchange: Exchange) => Promise<unknown>): Handler =>
    async (exchange) => {
      gate.requireOperator(exchange);
      const body = await handler(exchange);
      return body instanceof Response ? body : jsonAnswer(body);
    };
  const onProcessor = (name: "pause" | "resume" | "rebuild"): Route => ({
    path: `${at}/processors/{name}/${name}`,
    methods: {
      POST: guarded(async (exchange) => {
        await operations[name](param(exchange, "name"));
        return done();
      }),
    },
  });
  const parked = `${at}/parked/{processor}/{sequence}`;
  return [
    {
      path: `${at}/processors`,
      methods: { GET: guarded(async () => ({ processors: await operations.processors() })) },
    },
    onProcessor("pause"),
    onProcessor("resume"),
    onProcessor("rebuild"),
    {
      path: `${at}/parked`,
      methods: {
        GET: guarded(async (exchange) => ({
          parked: await operations.parked(queryOf(exchange, ["processor"]).get("processor")),
        })),
      },
    },
    {
      path: parked,
      methods: {
        GET: guarded(async (exchange) => {
          const events = await operations.parkedSequence(...sequenceOf(exchange));
          return { events };
        }),
      },
    },
    {
      path: `${parked}/retry`,
      methods: {
        POST: guarded(async (exchange) => {
          await operations.retryParked(...sequenceOf(exchange));
          return done();
        }),
      },
    },
    {
      path: `${parked}/discard`,
      methods: {
        POST: guarded(async (exchange) => {
          const { position, reason } = discardOf(await readJson(exchange.request, maxBodyBytes));
          await operations.discardParked(...sequenceOf(exchange), position, reason);
          return done();
        }),
      },
    },
  ];
}

/** What the process has counted, for operators. */
export function metricsRoute(gate: Gate, metrics: () => string | Promise<string>): Route {
  return {
    path: "/metrics",
    methods: {
      GET: async (exchange) => {
        gate.requireOperator(exchange);
        return new Response(await metrics(), { headers: { "content-type": "text/plain; version=0.0.4" } });
      },
    },
  };
}

function sequenceOf(exchange: Exchange): [processor: string, sequence: string] {
  return [param(exchange, "processor"), param(exchange, "sequence")];
}

function discardOf(body: unknown): { readonly position: number; readonly reason: string } {
  const { position, reason } = (body ?? {}) as { position?: unknown; reason?: unknown };
  if (Number.isSafeInteger(position) && typeof reason === "string" && reason.trim() !== "") {
    return { position: position as number, reason };
  }
  throw new MillraceError(
    "data-invalid",
    'Expected { "position": the position of the first event, "reason": why it is given up }.',
  );
}

function done(): Response {
  return new Response(null, { status: 204 });
}
