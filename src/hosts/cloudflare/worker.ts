import { MillraceError } from "../../errors/millrace-error.ts";
import { noTelemetry, type Telemetry } from "../../ports/telemetry.ts";
import type { DrainReport, DrainRequest } from "../../runtime/drain.ts";
import { drainAsked } from "../../runtime/drain-asked.ts";

/** What is behind a Worker: a service in its Durable Object (`objectOf`), or what `fetchHandler` or `functionHandler` of `millrace/fetch` returned. */
export interface WorkerTarget {
  readonly fetch: (request: Request, context?: WorkerContext) => Promise<Response>;
  readonly drain?: (request: DrainRequest) => Promise<DrainReport>;
}

/** What Workers are called with: what of it matters here. */
export interface WorkerContext {
  waitUntil(work: Promise<unknown>): void;
}

/** A batch of a queue. */
export interface MessageBatch {
  readonly messages: readonly {
    readonly body: unknown;
    ack(): void;
    retry(): void;
  }[];
}

/** What a Worker's module exports by default. */
export interface Worker<Env> {
  fetch(request: Request, env: Env, context: WorkerContext): Promise<Response>;
  queue(batch: MessageBatch, env: Env): Promise<void>;
  scheduled(controller: unknown, env: Env): Promise<void>;
}

export interface WorkerOptions {
  /** How long a message or a schedule has processors drained, in milliseconds; default 20,000. */
  readonly maxMs?: number;
  /** Is told of messages that are to be delivered again. */
  readonly telemetry?: Telemetry;
}

const defaultMaxMs = 20_000;

/**
 * Makes a Worker: requests are answered; messages of a queue have the processors drained that they name (`{ "processors": […] }`), else all
 * of them, and are to be delivered again where those are not caught up when the time is over; a schedule has all of them drained. Calls may
 * overlap and come twice. A schedule rejects with what a drain rejects with.
 */
export function worker<Env = unknown>(
  target: WorkerTarget | ((env: Env) => WorkerTarget),
  { maxMs = defaultMaxMs, telemetry = noTelemetry }: WorkerOptions = {},
): Worker<Env> {
  const targetOf = typeof target === "function" ? target : () => target;
  const drain = (env: Env, request: DrainRequest): Promise<DrainReport> => {
    const { drain: drained } = targetOf(env);
    if (drained !== undefined) return drained(request);
    throw new MillraceError(
      "configuration-invalid",
      "The Worker was called to drain processors, and has none; expected a service with its processors.",
    );
  };
  return {
    fetch: (request, env, context) =>
      targetOf(env).fetch(request, { waitUntil: (work) => context.waitUntil(work) }),
    async queue({ messages }, env) {
      for (const message of messages) {
        try {
          const { caughtUp } = await drain(env, drainAsked(message.body, maxMs));
          if (!caughtUp) throw new MillraceError("service-unavailable", "The time was over.");
          message.ack();
        } catch (error) {
          message.retry();
          telemetry.log("warn", "A message is to be delivered again.", { why: String(error) });
        }
      }
    },
    async scheduled(_controller, env) {
      await drain(env, { maxMs });
    },
  };
}
