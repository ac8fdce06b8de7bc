import { MillraceError } from "../../errors/millrace-error.ts";
import type { NewEvent } from "../../message/event.ts";
import type { Condition } from "../../message/event-query.ts";
import { type ExpectedVersion, isExpectedVersion } from "../../message/expected-version.ts";
import { requireStorableText, toStorableJson } from "../../message/json.ts";
import { parseStreamName } from "../../message/stream.ts";
import type { CommandKey, Commit, RecordedOutcome } from "../../ports/event-store.ts";

/** Larger events belong into a file store, with a reference in the event. */
export const maxEventBytes = 4 * 2 ** 20;

const encoder = new TextEncoder();

/** A commit that is acceptable in itself, with its JSON written: what the batch needs and nothing that a caller could change. */
export interface PendingCommit {
  readonly command: CommandKey;
  readonly appends: readonly PendingAppend[];
  readonly conditions: readonly Condition[];
  readonly outcome: RecordedOutcome | undefined;
  /** Roughly, as characters of JSON. */
  readonly size: number;
}

export interface PendingAppend {
  readonly stream: string;
  readonly expected: ExpectedVersion;
  readonly events: readonly PendingEvent[];
}

export interface PendingEvent {
  readonly id: string;
  readonly type: string;
  readonly schemaVersion: number;
  readonly data: string;
  readonly metadata: string;
  readonly tags: readonly string[];
  readonly tagsJson: string;
}

/** Rejects what no store takes, or this one does not: see `EventStore.append`. */
export function toPendingCommit(
  { command, appends, conditions = [], outcome }: Commit,
  maxBytes = maxEventBytes,
): PendingCommit {
  requireStorableText(command.id, "The command's id");
  requireStorableText(command.fingerprint, "The command's fingerprint");
  // Through JSON, because both are looked at in a later turn, when the caller may have changed them.
  const keptOutcome = outcome && (JSON.parse(toStorableJson(outcome, "The outcome")) as RecordedOutcome);
  if (outcome === undefined && (appends.length === 0 || appends.some(({ events }) => events.length === 0))) {
    throw new MillraceError(
      "request-malformed",
      "A commit needs at least one event for each stream that it names, or an outcome.",
    );
  }
  const kept =
    conditions.length === 0 ? [] : (JSON.parse(toStorableJson(conditions, "The conditions")) as Condition[]);
  for (const { after } of kept) requirePosition(after);
  let size = 0;
  const streams = new Set<string>();
  const pending = appends.map(({ stream, expected, events }): PendingAppend => {
    requireStorableText(stream, "The stream");
    parseStreamName(stream);
    if (!isExpectedVersion(expected)) {
      throw new MillraceError(
        "request-malformed",
        `The expected version of ${stream} must be a whole number of at least 1, "none" or "any"; found ${JSON.stringify(expected)}.`,
      );
    }
    if (streams.has(stream)) {
      throw new MillraceError("request-malformed", `A commit may name a stream once; found ${stream} twice.`);
    }
    streams.add(stream);
    return {
      stream,
      expected,
      events: events.map((event): PendingEvent => {
        requireStorableText(event.id, "The event's id");
        requireStorableText(event.type, "The event's type");
        requireSchemaVersion(event);
        const data = toStorableJson(event.data, `The data of ${event.type}`);
        requireSize(event.type, data, maxBytes);
        const metadata = toStorableJson(event.metadata, `The metadata of ${event.type}`);
        const tags = [...event.tags];
        const tagsJson = tags.length === 0 ? "[]" : toStorableJson(tags, `The tags of ${event.type}`);
        size += data.length + metadata.length;
        return {
          id: event.id,
          type: event.type,
          schemaVersion: event.schemaVersion,
          data,
          metadata,
          tags,
          tagsJson,
        };
      }),
    };
  });
  return {
    command: { id: command.id, fingerprint: command.fingerprint },
    appends: pending,
    conditions: kept,
    outcome: keptOutcome,
    size,
  };
}

function requirePosition(after: unknown): void {
  if (Number.isSafeInteger(after) && (after as number) >= 0) return;
  throw new MillraceError(
    "request-malformed",
    `A condition holds after a position, a whole number of at least 0; found ${JSON.stringify(after)}.`,
  );
}

export function requireSchemaVersion({ type, schemaVersion }: NewEvent): void {
  if (Number.isSafeInteger(schemaVersion) && schemaVersion >= 1) return;
  throw new MillraceError(
    "request-malformed",
    `The schema version of ${type} must be a whole number of at least 1; found ${JSON.stringify(schemaVersion)}.`,
  );
}

export function requireSize(type: string, data: string, maxBytes: number): void {
  // A character has at most three bytes, so most events are not counted.
  if (data.length * 3 <= maxBytes) return;
  const bytes = encoder.encode(data).length;
  if (bytes <= maxBytes) return;
  throw new MillraceError(
    "payload-too-large",
    `The data of ${type} has ${bytes} bytes; at most ${maxBytes} are taken.`,
    { data: { type, bytes, maxBytes } },
  );
}
