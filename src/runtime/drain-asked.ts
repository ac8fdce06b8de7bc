import { MillraceError } from "../errors/millrace-error.ts";
import type { DrainRequest } from "./drain.ts";

/**
 * What a message of a queue, a schedule or an event of a platform asks to be drained: `{ "processors": ["receipts"] }`, or anything else for all
 * processors. Throws `request-malformed` for what cannot be names.
 */
export function drainAsked(asked: unknown, maxMs: number): DrainRequest {
  const { processors } = (typeof asked === "object" ? (asked ?? {}) : {}) as {
    readonly processors?: unknown;
  };
  if (processors === undefined) return { maxMs };
  if (Array.isArray(processors) && processors.every((name) => typeof name === "string")) {
    return { maxMs, processors };
  }
  throw new MillraceError(
    "request-malformed",
    `"processors" must be names of processors; found ${JSON.stringify(processors).slice(0, 200)}.`,
  );
}
