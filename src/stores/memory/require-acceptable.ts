import { MillraceError } from "../../errors/millrace-error.ts";
import type { NewEvent } from "../../message/event.ts";
import { isExpectedVersion } from "../../message/expected-version.ts";
import { requireStorableText, toStorableJson } from "../../message/json.ts";
import { parseStreamName } from "../../message/stream.ts";
import type { Commit } from "../../ports/event-store.ts";

const encoder = new TextEncoder();

/** Everything that can be said of a commit without looking at the log: see `EventStore.append`. */
export function requireAcceptableCommit(
  { command, appends, conditions = [], outcome }: Commit,
  maxEventBytes: number,
): void {
  requireStorableText(command.id, "The command's id");
  requireStorableText(command.fingerprint, "The command's fingerprint");
  if (outcome !== undefined) toStorableJson(outcome, "The outcome");
  else if (appends.length === 0 || appends.some(({ events }) => events.length === 0)) {
    throw malformed("A commit needs at least one event for each stream that it names, or an outcome.");
  }
  toStorableJson(conditions, "The conditions");
  for (const { after } of conditions) {
    if (Number.isSafeInteger(after) && after >= 0) continue;
    throw malformed(`A condition holds after a position, a whole number of at least 0; found ${after}.`);
  }
  const streams = new Set<string>();
  for (const { stream, expected, events } of appends) {
    requireAcceptableStream(stream);
    if (streams.has(stream)) throw malformed(`A commit may name a stream once; found ${stream} twice.`);
    streams.add(stream);
    if (!isExpectedVersion(expected)) {
      throw malformed(
        `The expected version of ${stream} must be a whole number of at least 1, "none" or "any"; found ${JSON.stringify(expected)}.`,
      );
    }
    for (const event of events) requireAcceptableEvent(event, maxEventBytes);
  }
}

function requireAcceptableStream(stream: string): void {
  requireStorableText(stream, "The stream");
  parseStreamName(stream);
}

function requireAcceptableEvent(
  { id, type, data, schemaVersion, metadata, tags }: NewEvent,
  maxEventBytes: number,
): void {
  toStorableJson([id, type, metadata, tags], "The event");
  if (!Number.isSafeInteger(schemaVersion) || schemaVersion < 1) {
    throw malformed(
      `The schema version of ${type} must be a whole number of at least 1; found ${schemaVersion}.`,
    );
  }
  const bytes = encoder.encode(toStorableJson(data, `The data of ${type}`)).length;
  if (bytes <= maxEventBytes) return;
  throw new MillraceError(
    "payload-too-large",
    `The data of ${type} has ${bytes} bytes; at most ${maxEventBytes} are taken.`,
    { data: { type, bytes, maxBytes: maxEventBytes } },
  );
}

function malformed(message: string): MillraceError {
  return new MillraceError("request-malformed", message);
}
