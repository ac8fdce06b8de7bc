import { MillraceError } from "../errors/millrace-error.ts";
import { derivedId } from "../message/id.ts";
import type { PushedEvent, PushResult } from "../message/pushed-event.ts";
import { WebhookSecrets } from "../message/webhook-signature.ts";
import { type Clock, systemClock } from "../ports/clock.ts";
import type { FunctionTransport } from "../ports/function-transport.ts";
import { askService, type HttpServiceOptions, refusedBy } from "./http-service.ts";
import { TargetPause } from "./target-pause.ts";

/** The JSON batch format of CloudEvents 1.0. */
const batchType = "application/cloudevents-batch+json";

/** Below what platforms take in one request; an event that is larger by itself is sent alone. */
const maxBatchBytes = 1024 * 1024;

export interface HttpFunctionOptions extends HttpServiceOptions {
  /** Of Standard Webhooks, several while they are changed: see `WebhookSecrets`. */
  readonly secret: string | readonly string[];
  /** How long a call may take, in milliseconds; default 30,000. */
  readonly timeoutMs?: number;
}

const defaultTimeoutMs = 30_000;

const encoder = new TextEncoder();

/**
 * A processor behind `POST /v1/processors/{name}/events`, which takes batches of CloudEvents that are signed as Standard Webhooks. Throws
 * `configuration-invalid` for a secret that is none.
 */
export function httpFunction(
  processor: string,
  options: HttpFunctionOptions,
  clock: Clock = systemClock,
): FunctionTransport {
  const { timeoutMs = defaultTimeoutMs } = options;
  const secrets = new WebhookSecrets(options.secret, `The secret of function ${processor}`);
  const pause = new TargetPause(clock);
  const path = `/v1/processors/${processor}/events`;
  const push: FunctionTransport["push"] = async (batch, signal) => {
    const { ids, body } = bodyOf(batch);
    // The same for a repeat, another where an event comes with what it has asked for.
    const id = derivedId("push", processor, ...ids, body.length);
    const answer = await askService(options, path, {
      method: "POST",
      timeoutMs,
      ...(signal === undefined ? {} : { signal }),
      headers: { "content-type": batchType, ...(await secrets.sign(id, body, clock.now())) },
      body,
    });
    if (answer.status === 200) {
      const { results } = (answer.body ?? {}) as { readonly results?: unknown };
      if (isResults(results, ids)) return results;
      throw new MillraceError(
        "service-refused",
        `The function of ${processor} answered with what are no results; expected one for each of the first events at least.`,
      );
    }
    // That it is not where it should be, or does not know the secret, is nothing against the event.
    if (isMisplaced(answer.status)) {
      throw new MillraceError("service-unavailable", refusedBy(options.url, answer).message);
    }
    throw refusedBy(options.url, answer);
  };
  return { push: (batch, signal) => pause.around(`The function of ${processor}`, () => push(batch, signal)) };
}

/** As many of the events as one request takes, the first in any case. */
function bodyOf(batch: readonly PushedEvent[]): { readonly ids: readonly string[]; readonly body: string } {
  const parts: string[] = [];
  const ids: string[] = [];
  let bytes = 0;
  for (const event of batch) {
    const part = JSON.stringify(event);
    bytes += encoder.encode(part).length;
    if (parts.length > 0 && bytes > maxBatchBytes) break;
    parts.push(part);
    ids.push(event.id);
  }
  return { ids, body: `[${parts.join(",")}]` };
}

function isMisplaced(status: number): boolean {
  return [401, 403, 404, 405].includes(status) || (status >= 300 && status < 400);
}

/** Whether these are results of the first of the events, in order. */
function isResults(results: unknown, ids: readonly string[]): results is readonly PushResult[] {
  return (
    Array.isArray(results) &&
    results.length > 0 &&
    results.length <= ids.length &&
    results.every((result, index) => isResult(result) && result.id === ids[index])
  );
}

function isResult(value: unknown): value is PushResult {
  if (typeof value !== "object" || value === null) return false;
  const result = value as { readonly [K in string]: unknown };
  switch (result.status) {
    case "handled":
      return Array.isArray(result.commands) && result.commands.every(isCall);
    case "decided":
      return Array.isArray(result.events) && result.events.every(isObject);
    case "asks":
      return Array.isArray(result.asks) && result.asks.length > 0 && result.asks.every(isObject);
    case "failed":
      return isObject(result.error) && typeof (result.error as { message?: unknown }).message === "string";
    default:
      return false;
  }
}

function isCall(value: unknown): boolean {
  if (!isObject(value)) return false;
  const { service, aggregate, aggregateId, type } = value as { readonly [K in string]: unknown };
  return (
    (service === undefined || typeof service === "string") &&
    [aggregate, aggregateId, type].every((text) => typeof text === "string")
  );
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}
