import { MillraceError } from "../../errors/millrace-error.ts";
import type { DrainReport, DrainRequest } from "../../runtime/drain.ts";
import { drainAsked } from "../../runtime/drain-asked.ts";

/** What is drained: what `fetchHandler` of `millrace/fetch` returned. */
export interface DrainTarget {
  readonly drain: (request: DrainRequest) => Promise<DrainReport>;
}

export interface CloudEventOptions {
  /** How long a drain may take, in milliseconds; default 20,000. Below the time limit of the function. */
  readonly maxMs?: number;
}

const defaultMaxMs = 20_000;

/**
 * Makes what `functions.cloudEvent(name, …)` of the functions framework takes: each event has the processors drained that its data names
 * (`{ "processors": […] }`; of Pub/Sub, the message's), else all of them. Events may come twice and overlap. Rejects with `service-unavailable`
 * where they are not caught up when the time is over, and with what a drain rejects with: the platform then delivers the event again, if it is told to.
 */
export function cloudEventTrigger(
  target: DrainTarget,
  { maxMs = defaultMaxMs }: CloudEventOptions = {},
): (event: { readonly data?: unknown }) => Promise<void> {
  return async ({ data }) => {
    const { caughtUp } = await target.drain(drainAsked(askedBy(data), maxMs));
    if (caughtUp) return;
    throw new MillraceError(
      "service-unavailable",
      `The processors were not caught up within ${maxMs} ms: the event is to be delivered again.`,
    );
  };
}

/** What an event says; of Pub/Sub, what is in its message. A message that is no JSON asks for nothing in particular. */
function askedBy(data: unknown): unknown {
  const { message } = (typeof data === "object" ? (data ?? {}) : {}) as {
    readonly message?: { readonly data?: unknown };
  };
  if (message === undefined) return data;
  try {
    return JSON.parse(atob(String(message.data ?? "")));
  } catch {
    return undefined;
  }
}
