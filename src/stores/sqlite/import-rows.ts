import { MillraceError } from "../../errors/millrace-error.ts";
import type { RecordedEvent } from "../../message/event.ts";
import { requireStorableText, toStorableJson } from "../../message/json.ts";
import { parseStreamName } from "../../message/stream.ts";
import { requireSchemaVersion, requireSize } from "../foundation/pending-commit.ts";
import type { Connection } from "./connection.ts";

/** Writes events as they are, after exactly those that precede them; throws `log-not-empty` where they do not follow. */
export function importRows(connection: Connection, events: readonly RecordedEvent[]): void {
  const head = connection
    .sql("SELECT max(position) AS position FROM events")
    .get<{ readonly position: number | null }>();
  const lastVersion = connection.sql("SELECT max(version) AS version FROM events WHERE stream = ?");
  const insertEvent = connection.sql(`
    INSERT INTO events (position, stream, version, id, type, schema_version, recorded_at, data, metadata, tags)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`);
  const insertTag = connection.sql(
    "INSERT INTO event_tags (tag, position) VALUES (?, ?) ON CONFLICT DO NOTHING",
  );
  let position = head?.position ?? 0;
  for (const event of events) {
    position++;
    for (const text of [event.id, event.stream, event.type])
      requireStorableText(text, "The id, stream or type");
    parseStreamName(event.stream);
    requireSchemaVersion(event);
    const data = toStorableJson(event.data, `The data of ${event.type}`);
    requireSize(event.type, data);
    const version = (lastVersion.get<{ readonly version: number | null }>(event.stream)?.version ?? 0) + 1;
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
    insertEvent.run(
      position,
      event.stream,
      version,
      event.id,
      event.type,
      event.schemaVersion,
      event.recordedAt,
      data,
      toStorableJson(event.metadata, `The metadata of ${event.type}`),
      toStorableJson(event.tags, `The tags of ${event.type}`),
    );
    for (const tag of event.tags) insertTag.run(tag, position);
  }
}
