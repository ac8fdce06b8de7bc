import { MillraceError } from "../../errors/millrace-error.ts";
import { noTelemetry, type Telemetry } from "../../ports/telemetry.ts";
import type { DrainReport, DrainRequest } from "../../runtime/drain.ts";
import { drainAsked } from "../../runtime/drain-asked.ts";
import { type HttpResult, isHttpEvent, requestOf, resultOf } from "./http-event.ts";
import { isSqsEvent, type SqsEvent, type SqsResult } from "./sqs-event.ts";

/** What is behind a Lambda function: what `fetchHandler` or `functionHandler` of `millrace/fetch` returned. */
export interface LambdaTarget {
  readonly fetch: (
    request: Request,
    context?: { waitUntil?(work: Promise<unknown>): void },
  ) => Promise<Response>;
  readonly drain?: (request: DrainRequest) => Promise<DrainReport>;
}

export interface LambdaOptions {
  /** After how many milliseconds a stream of changes is cut off, since the platform takes answers as a whole; default 5,000. */
  readonly streamMs?: number;
  /** Is told of messages that are to be delivered again. */
  readonly telemetry?: Telemetry;
}

/** What Lambda tells of a call: what of it matters here. */
export interface LambdaContext {
  getRemainingTimeInMillis(): number;
}

export type LambdaResult = HttpResult | SqsResult | DrainReport;

/** What a drain leaves of the time of a call: to give back leases, and to answer. */
const reserveMs = 1000;

const defaultStreamMs = 5000;

/**
 * Makes a Lambda function. Requests of API Gateway (HTTP API, payload format 2.0) and of function URLs are answered; where the processors
 * are in the function, what a command leads to is handled before its answer is given, since nothing runs on after it. Messages of SQS
 * queues, events of EventBridge and schedules have the processors drained that their body, detail or input names (`{ "processors": […] }`),
 * else all of them; messages whose processors are not caught up when the time is over are to be delivered again. Calls may overlap and
 * come twice. Rejects with `request-malformed` for an event of another kind, and with what a drain rejects with.
 */
export function lambdaHandler(
  target: LambdaTarget,
  { streamMs = defaultStreamMs, telemetry = noTelemetry }: LambdaOptions = {},
): (event: unknown, context: LambdaContext) => Promise<LambdaResult> {
  const drain = (request: DrainRequest): Promise<DrainReport> => {
    if (target.drain !== undefined) return target.drain(request);
    throw new MillraceError(
      "configuration-invalid",
      "The function was called to drain processors, and has none; expected a fetchHandler with its processors.",
    );
  };
  return async (event, context) => {
    const maxMs = Math.max(1, context.getRemainingTimeInMillis() - reserveMs);
    if (isHttpEvent(event)) {
      const after: Promise<unknown>[] = [];
      const response = await target.fetch(requestOf(event), { waitUntil: (work) => void after.push(work) });
      const result = await resultOf(response, streamMs);
      await Promise.allSettled(after);
      return result;
    }
    if (isSqsEvent(event)) return drainForMessages(event, drain, maxMs, telemetry);
    if (isAsking(event)) return drain(drainAsked("detail" in event ? event.detail : event.drain, maxMs));
    throw new MillraceError(
      "request-malformed",
      `The event is of no kind that is known here; expected one of API Gateway with payload format 2.0, of a function URL, of SQS or of EventBridge, or { "drain": {} }. It has the fields ${Object.keys(event ?? {}).join(", ") || "of nothing"}.`,
    );
  };
}

/** An event of EventBridge, or what a schedule was told to send. */
type Asking = { readonly detail: unknown } | { readonly drain: unknown };

function isAsking(event: unknown): event is Asking {
  if (typeof event !== "object" || event === null) return false;
  return ("detail-type" in event && "detail" in event) || "drain" in event;
}

/** Drains once for all messages that ask for the same. */
async function drainForMessages(
  { Records: messages }: SqsEvent,
  drain: (request: DrainRequest) => Promise<DrainReport>,
  maxMs: number,
  telemetry: Telemetry,
): Promise<SqsResult> {
  const failed: string[] = [];
  // Delivered again, until the queue puts it where people look.
  const fail = (ids: readonly string[], why: string) => {
    failed.push(...ids);
    telemetry.log("warn", "Messages are to be delivered again.", { messages: ids.length, why });
  };
  const alike = new Map<string, { readonly request: DrainRequest; readonly ids: string[] }>();
  for (const { messageId, body } of messages) {
    try {
      const request = drainAsked(parsed(body), maxMs);
      const key = JSON.stringify(request.processors);
      const same = alike.get(key) ?? { request, ids: [] };
      same.ids.push(messageId);
      alike.set(key, same);
    } catch (error) {
      fail([messageId], String(error));
    }
  }
  await Promise.all(
    [...alike.values()].map(async ({ request, ids }) => {
      try {
        if (!(await drain(request)).caughtUp) fail(ids, "The time was over.");
      } catch (error) {
        fail(ids, String(error));
      }
    }),
  );
  return { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) };
}

/** A message that is no JSON asks for nothing in particular. */
function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
