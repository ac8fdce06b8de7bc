import { commandPath } from "../domain/aggregate-checks.ts";
import { errorCodes } from "../errors/error-codes.ts";
import { MillraceError } from "../errors/millrace-error.ts";
import type { CommandResult } from "../message/command.ts";
import { type Clock, systemClock } from "../ports/clock.ts";
import type { CommandTransport, ForeignCommand } from "../ports/command-transport.ts";
import { askService, type HttpServiceOptions, refusedBy } from "./http-service.ts";
import { passing, TargetPause } from "./target-pause.ts";

const timeoutMs = 10_000;

/**
 * Sends commands to another service over HTTP. While that is not available, commands are turned away at once until it is time to try
 * again, so that nobody waits for a dead service.
 */
export function httpCommands(options: HttpServiceOptions, clock: Clock = systemClock): CommandTransport {
  const pause = new TargetPause(clock);
  return {
    send: (command) =>
      pause.around(`The service for ${command.aggregate}.${command.type}`, () => sendOnce(options, command)),
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
