import { MillraceError } from "../errors/millrace-error.ts";
import type { PushedEvent, PushResult } from "../message/pushed-event.ts";
import type { WebhookSecrets } from "../message/webhook-signature.ts";
import type { Clock } from "../ports/clock.ts";
import { type Exchange, param, type Route } from "./exchange.ts";
import { parseJson, readText } from "./read-body.ts";

/** Events of one sequence with what was asked for: platforms take less, as a rule. */
const defaultMaxBodyBytes = 16 * 1024 * 1024;

/** What takes pushed events. */
export interface PushReceiver {
  readonly secrets: WebhookSecrets;
  readonly clock: Clock;
  readonly maxBodyBytes?: number | undefined;
  /** Resolves with what became of the first events of a batch of one sequence, in order; nobody waits for it once the signal aborts. */
  receive(
    processor: string,
    batch: readonly PushedEvent[],
    signal: AbortSignal,
  ): Promise<readonly PushResult[]>;
}

/**
 * Where events are pushed to processors: batches of CloudEvents, signed as Standard Webhooks. The signature says who asks, whatever else
 * a service knows of callers.
 */
export function pushRoute(receiver: PushReceiver): Route {
  return {
    path: "/v1/processors/{name}/events",
    isPublic: true,
    methods: { POST: (exchange) => receive(exchange, receiver) },
  };
}

async function receive(exchange: Exchange, receiver: PushReceiver): Promise<Response> {
  const { request } = exchange;
  const { secrets, clock, maxBodyBytes = defaultMaxBodyBytes } = receiver;
  const body = await readText(request, maxBodyBytes);
  await secrets.verify(request.headers, body, clock.now());
  const batch = batchOf(parseJson(body === "" ? "null" : body));
  const results = await receiver.receive(param(exchange, "name"), batch, request.signal);
  return Response.json({ results }, { headers: { "cache-control": "no-store" } });
}

/** Throws `request-malformed` for what is no batch of one sequence without a gap. */
function batchOf(value: unknown): readonly PushedEvent[] {
  if (!Array.isArray(value) || value.length === 0 || !value.every(isPushedEvent)) {
    throw malformed("The body must be a batch of one CloudEvent or more, as Millrace pushes them");
  }
  for (const [index, { id, partitionkey, previous }] of value.entries()) {
    const before = value[index - 1];
    if (before === undefined) continue;
    if (partitionkey !== before.partitionkey) {
      throw malformed(`A batch is of one sequence; found ${before.partitionkey} and ${partitionkey}`);
    }
    if (previous !== before.id) {
      throw malformed(`A batch has no gap; found ${id}, which comes after ${previous}, after ${before.id}`);
    }
  }
  return value;
}

const texts = ["id", "source", "type", "subject", "time", "partitionkey"] as const;

function isPushedEvent(value: unknown): value is PushedEvent {
  if (!isObject(value) || value.specversion !== "1.0" || !isObject(value.data)) return false;
  if (!texts.every((name) => typeof value[name] === "string")) return false;
  const { event, answers, command } = value.data;
  return event === undefined
    ? isObject(command) && typeof command.type === "string"
    : isObject(event) && typeof event.type === "string" && Array.isArray(answers);
}

function isObject(value: unknown): value is { readonly [K in string]: unknown } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function malformed(what: string): MillraceError {
  return new MillraceError("request-malformed", `${what}.`);
}
