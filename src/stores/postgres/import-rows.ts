import { MillraceError } from "../../errors/millrace-error.ts";
import type { RecordedEvent } from "../../message/event.ts";
import { requireStorableText, toStorableJson } from "../../message/json.ts";
import { parseStreamName } from "../../message/stream.ts";
import { requireSchemaVersion, requireSize } from "../foundation/pending-commit.ts";
import type { Session } from "./database.ts";

/** Writes events as they are, after exactly those that precede them; throws `log-not-empty` where they do not follow. */
export async function importRows(session: Session, events: readonly RecordedEvent[]): Promise<void> {
  await session.all("SELECT FROM @log FOR UPDATE");
  const [head] = await session.all<{ readonly position: number }>(
    "SELECT coalesce(max(position), 0) AS position FROM @events",
  );
  const streams = [...new Set(events.map(({ stream }) => stream))];
  for (const stream of streams) requireStorableText(stream, "The stream");
  const known = await session.all<{ readonly stream: string; readonly version: number }>(
    "SELECT stream, max(version) AS version FROM @events WHERE stream = ANY ($1) GROUP BY stream",
    [streams],
  );
  const versions = new Map(known.map(({ stream, version }) => [stream, version]));
  let position = head?.position ?? 0;
  const rows = events.map((event) => {
    for (const text of [event.id, event.type]) requireStorableText(text, "The id or type");
    parseStreamName(event.stream);
    requireSchemaVersion(event);
    const data = toStorableJson(event.data, `The data of ${event.type}`);
    requireSize(event.type, data);
    position++;
    const version = (versions.get(event.stream) ?? 0) + 1;
    versions.set(event.stream, version);
    if (event.position !== position || event.version !== version) {
      throw new MillraceError(
        "log-not-empty",
        `The next event to import must have position ${position} and version ${version} of ${event.stream}; found ${event.position} and ${event.version}.`,
        {
          data: {
            expected: { position, version },
            found: { position: event.position, version: event.version },
          },
        },
      );
    }
    const metadata = toStorableJson(event.metadata, `The metadata of ${event.type}`);
    return { event, data, metadata, tags: toStorableJson(event.tags, `The tags of ${event.type}`) };
  });
  await session.all(
    `INSERT INTO @events
      (position, stream, version, id, type, schema_version, recorded_at, data, metadata, tags)
    SELECT * FROM unnest($1::bigint[], $2::text[], $3::integer[], $4::text[], $5::text[], $6::integer[], $7::bigint[],
      $8::json[], $9::json[], $10::json[])`,
    [
      events.map((event) => event.position),
      events.map((event) => event.stream),
      events.map((event) => event.version),
      events.map((event) => event.id),
      events.map((event) => event.type),
      events.map((event) => event.schemaVersion),
      events.map((event) => event.recordedAt),
      rows.map(({ data }) => data),
      rows.map(({ metadata }) => metadata),
      rows.map(({ tags }) => tags),
    ],
  );
  const tags = events.flatMap((event) => event.tags.map((tag) => ({ tag, position: event.position })));
  if (tags.length === 0) return;
  await session.all(
    `INSERT INTO @event_tags (tag, position) SELECT * FROM unnest($1::text[], $2::bigint[]) ON CONFLICT DO NOTHING`,
    [tags.map(({ tag }) => tag), tags.map((it) => it.position)],
  );
}
