import { MillraceError } from "../../errors/millrace-error.ts";
import type { ExpectedVersion } from "../../message/expected-version.ts";
import type { RecordedOutcome } from "../../ports/event-store.ts";
import type { MemberResult, WrittenBatch } from "../foundation/append-queue.ts";
import type { EventRow } from "../foundation/event-row.ts";
import type { PendingAppend, PendingCommit } from "../foundation/pending-commit.ts";
import { integerArray, textArray } from "./binary-array.ts";
import type { SqlValue } from "./database.ts";

/** The statement that appends a batch: see `appendFunction`. */
export const appendSql =
  "SELECT @append($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18) AS answer";

/** The statement that appends a lone event, where `appendOneValues` finds one. */
export const appendOneSql = "SELECT @append_one($1, $2, $3, $4, $5, $6, $7, $8, $9) AS answer";

/** What `@append` answers. */
interface Answer {
  readonly at: number;
  readonly first: readonly (number | null)[];
  readonly before: readonly (number | null)[];
  readonly others: readonly Other[];
}

/** What became of a member that was neither appended nor recorded just now; members count from 1. */
type Other = { readonly member: number } & (
  | {
      readonly status: "repeated";
      readonly fingerprint: string;
      readonly first: number | null;
      readonly last: number | null;
      readonly eventId: string | null;
      readonly at: number | null;
      readonly outcome: RecordedOutcome | null;
    }
  | { readonly status: "conflict"; readonly append: number; readonly actual: number }
  | { readonly status: "condition-failed"; readonly condition: number; readonly position: number }
);

/** No stream has this version, and PostgreSQL's integer ends there. */
const beyondVersions = 2 ** 31 - 1;

/** The parameters of `appendSql`. */
export function appendValues(commits: readonly PendingCommit[]): readonly SqlValue[] {
  const streams: string[] = [];
  const streamNumbers = new Map<string, number>();
  const append = {
    members: [] as number[],
    streams: [] as number[],
    expected: [] as number[],
    counts: [] as number[],
  };
  const event = {
    streams: [] as number[],
    ids: [] as string[],
    types: [] as string[],
    schemaVersions: [] as number[],
    data: [] as string[],
    metadata: [] as string[],
    tagLists: [] as string[],
  };
  const tagNames: string[] = [];
  const tagEvents: number[] = [];
  for (const [index, { appends }] of commits.entries()) {
    for (const { stream, expected, events } of appends) {
      let number = streamNumbers.get(stream);
      if (number === undefined) {
        number = streams.push(stream);
        streamNumbers.set(stream, number);
      }
      append.members.push(index + 1);
      append.streams.push(number);
      append.expected.push(expectedNumber(expected));
      append.counts.push(events.length);
      for (const { id, type, schemaVersion, data, metadata, tags, tagsJson } of events) {
        const eventNumber = event.ids.push(id);
        event.streams.push(number);
        event.types.push(type);
        event.schemaVersions.push(schemaVersion);
        event.data.push(data);
        event.metadata.push(metadata);
        event.tagLists.push(tagsJson);
        for (const tag of tags) {
          tagNames.push(tag);
          tagEvents.push(eventNumber);
        }
      }
    }
  }
  return [
    textArray(commits.map(({ command }) => command.id)),
    textArray(commits.map(({ command }) => command.fingerprint)),
    commits.map(({ outcome }) => (outcome === undefined ? null : JSON.stringify(outcome))),
    commits.map(queriesJson),
    integerArray(append.members),
    integerArray(append.streams),
    integerArray(append.expected),
    integerArray(append.counts),
    textArray(streams),
    integerArray(event.streams),
    textArray(event.ids),
    textArray(event.types),
    // As text: one that is too large is the server's to refuse.
    event.schemaVersions,
    textArray(event.data),
    textArray(event.metadata),
    textArray(event.tagLists),
    textArray(tagNames),
    integerArray(tagEvents),
  ];
}

/** The parameters of `appendOneSql`; undefined for a batch that is more than it takes. */
export function appendOneValues(commits: readonly PendingCommit[]): readonly SqlValue[] | undefined {
  const [commit] = commits;
  if (commits.length !== 1 || commit === undefined) return undefined;
  const { command, appends, conditions, outcome } = commit;
  const [append] = appends;
  if (append === undefined || appends.length !== 1 || conditions.length > 0 || outcome !== undefined)
    return undefined;
  const [event] = append.events;
  if (event === undefined || append.events.length !== 1 || event.tags.length > 0) return undefined;
  const { id, type, schemaVersion, data, metadata } = event;
  const expected = expectedNumber(append.expected);
  return [command.id, command.fingerprint, append.stream, expected, id, type, schemaVersion, data, metadata];
}

/** What became of each member, and the rows that were written, in the order of their positions. */
export function readAnswer(text: string, commits: readonly PendingCommit[], logId: string): WrittenBatch {
  const { at, first, before, others } = JSON.parse(text) as Answer;
  const otherOf = new Map(others.map((other) => [other.member, other]));
  const rows: EventRow[] = [];
  let append = 0;
  const results = commits.map((commit, index): MemberResult => {
    const firstPosition = first[index] ?? undefined;
    const firstAppend = append;
    append += commit.appends.length;
    const other = otherOf.get(index + 1);
    if (other !== undefined) return otherResult(other, commit, logId);
    if (firstPosition === undefined)
      return { error: new MillraceError("internal", "A batch lost a member.") };
    if (commit.outcome !== undefined) {
      return { result: { status: "recorded", repeated: false, outcome: commit.outcome } };
    }
    const written = rowsOf(commit, firstPosition, before.slice(firstAppend, append), at);
    rows.push(...written);
    const last = written.at(-1) as EventRow;
    return {
      result: {
        status: "appended",
        repeated: false,
        firstPosition,
        point: { logId, position: last.position, eventId: last.id },
        recordedAt: at,
      },
    };
  });
  return { results, rows };
}

/** The rows of a member that was appended; `before` has the version of each of its streams before it. */
function rowsOf(
  { appends }: PendingCommit,
  firstPosition: number,
  before: readonly (number | null)[],
  recordedAt: number,
): readonly EventRow[] {
  let position = firstPosition;
  return appends.flatMap(({ stream, events }, index) => {
    let version = before[index] ?? 0;
    return events.map(({ id, type, schemaVersion, data, metadata, tagsJson }): EventRow => {
      version++;
      return {
        position: position++,
        stream,
        version,
        id,
        type,
        schema_version: schemaVersion,
        recorded_at: recordedAt,
        data,
        metadata,
        tags: tagsJson,
      };
    });
  });
}

function otherResult(other: Other, { command, appends }: PendingCommit, logId: string): MemberResult {
  switch (other.status) {
    case "conflict": {
      const { stream, expected } = appends[other.append] as PendingAppend;
      return { result: { status: "conflict", stream, expected, actual: other.actual } };
    }
    case "condition-failed":
      return {
        result: { status: "condition-failed", condition: other.condition, position: other.position },
      };
    case "repeated":
      if (other.fingerprint !== "" && other.fingerprint !== command.fingerprint) {
        return {
          error: new MillraceError(
            "command-id-reused",
            `The command id ${command.id} was used before, for another command.`,
            { data: { commandId: command.id, expected: other.fingerprint, found: command.fingerprint } },
          ),
        };
      }
      if (other.outcome !== null) {
        return { result: { status: "recorded", repeated: true, outcome: other.outcome } };
      }
      return {
        result: {
          status: "appended",
          repeated: true,
          firstPosition: other.first ?? 0,
          point: { logId, position: other.last ?? 0, eventId: other.eventId ?? "" },
          recordedAt: other.at ?? 0,
        },
      };
  }
}

/** The queries of a commit's conditions in their order, as `@append` takes them; null for none. */
function queriesJson({ conditions }: PendingCommit): string | null {
  if (conditions.length === 0) return null;
  return JSON.stringify(
    conditions.flatMap(({ queries, after, exceptStream }, condition) =>
      queries.map(({ types, tags = [] }) => ({ condition, types, tags, after, exceptStream })),
    ),
  );
}

function expectedNumber(expected: ExpectedVersion): number {
  if (expected === "any") return -1;
  return expected === "none" ? 0 : Math.min(expected, beyondVersions);
}
