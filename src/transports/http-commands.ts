import { commandPath } from "../domain/aggregate-checks.ts";
import { errorCodes } from "../errors/error-codes.ts";
import { isMillraceError, MillraceError } from "../errors/millrace-error.ts";
import type { CommandResult } from "../message/command.ts";
import { type Clock, systemClock } from "../ports/clock.ts";
import type { CommandTransport, ForeignCommand } from "../ports/command-transport.ts";
import { askService, type HttpServiceOptions, refusedBy } from "./http-service.ts";

const timeoutMs = 10_000;

/** While a service is not available, it is left in peace for so long, doubled each time up to the last. */
const firstPauseMs = 100;
const lastPauseMs = 10_000;

/** Marks what a service that is there has against this command for now: others may go on. */
const passing = "passing";

/**
 * Sends commands to another service over HTTP. While that is not available, commands are turned away at once until it is time to try
 * again, so that nobody waits for a dead service.
 */
export function httpCommands(options: HttpServiceOptions, clock: Clock = systemClock): CommandTransport {
  let failures = 0;
  let pausedUntil = 0;
  return {
    async send(command) {
      if (clock.elapsed() < pausedUntil) {
        throw new MillraceError(
          "service-unavailable",
          `The service for ${command.aggregate}.${command.type} was not available a moment ago and is tried again soon.`,
        );
      }
      try {
        const result = await sendOnce(options, command);
        failures = 0;
        return result;
      } catch (error) {
        if (isMillraceError(error, "service-unavailable") && !(passing in error.data)) {
          failures += 1;
          const { retryAfterMs = 0 } = error.data as { readonly retryAfterMs?: number };
          const pauseMs = Math.min(lastPauseMs, firstPauseMs * 2 ** Math.min(failures - 1, 20));
          pausedUntil = clock.elapsed() + Math.max(retryAfterMs, pauseMs * (0.5 + Math.random() / 2));
        }
        throw error;
      }
    },
  };
}

async function sendOnce(options: HttpServiceOptions, command: ForeignCommand): Promise<CommandResult> {
  const { collection, aggregateId, type, data, id, metadata } = command;
  const path = `/v1/${collection}/${encodeURIComponent(aggregateId)}/commands/${commandPath(type)}`;
  const answer = await askService(options, path, {
    method: "POST",
    timeoutMs,
    headers: {
      "content-type": "application/json",
      "idempotency-key": id,
      "millrace-correlation-id": metadata.correlationId,
      "millrace-causation-depth": String(metadata.depth),
      ...(metadata.causationId === undefined ? {} : { "millrace-causation-id": metadata.causationId }),
      ...(metadata.traceparent === undefined ? {} : { traceparent: metadata.traceparent }),
    },
    body: JSON.stringify(data),
  });
  const told = (answer.body ?? {}) as Readonly<Record<string, unknown>>;
  if (answer.status === 200 || answer.status === 201) {
    if (typeof told.version === "number") return { status: "accepted", aggregateId, version: told.version };
    throw refusedBy(options.url, answer);
  }
  const code = typeof told.code === "string" ? told.code : "";
  if (answer.status === 409 && told.type === `urn:millrace:refusal:${code.replaceAll(/[^\w.~-]/g, "-")}`) {
    return { status: "refused", code, detail: String(told.detail) };
  }
  if (isRetryable(code)) {
    throw new MillraceError("service-unavailable", `${command.aggregate}.${type} was not taken: ${code}.`, {
      data: { [passing]: code },
    });
  }
  throw refusedBy(options.url, answer);
}

function isRetryable(code: string): boolean {
  return Object.hasOwn(errorCodes, code) && errorCodes[code as keyof typeof errorCodes].retryable;
}
