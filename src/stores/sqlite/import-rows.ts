import type { RecordedEvent } from "../../message/event.ts";
import { ImportCheck, repeatedCommand } from "../foundation/import-check.ts";
import type { Connection } from "./connection.ts";

/** Writes events as they are, after exactly those that precede them; see `EventStore.importEvents` for what it throws. */
export function importRows(
  connection: Connection,
  events: readonly RecordedEvent[],
  maxEventBytes: number,
): void {
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
  const check = new ImportCheck(
    head?.position ?? 0,
    (stream) => lastVersion.get<{ readonly version: number | null }>(stream)?.version ?? 0,
    maxEventBytes,
  );
  for (const unchecked of events) {
    const { event, data, metadata, tags } = check.check(unchecked);
    insertEvent.run(
      event.position,
      event.stream,
      event.version,
      event.id,
      event.type,
      event.schemaVersion,
      event.recordedAt,
      data,
      metadata,
      tags,
    );
    for (const tag of event.tags) insertTag.run(tag, event.position);
  }
  importCommands(connection, check);
}

function importCommands(connection: Connection, { commands, continued }: ImportCheck): void {
  const insert = connection.sql(`
    INSERT INTO commands (id, fingerprint, first_position, last_position, outcome) VALUES (?, '', ?, ?, NULL)
    ON CONFLICT (id) DO NOTHING`);
  for (const { id, firstPosition, lastPosition } of commands.values()) {
    if (insert.run(id, firstPosition, lastPosition) === 0) throw repeatedCommand(id, firstPosition);
  }
  if (continued === undefined) return;
  connection
    .sql("UPDATE commands SET last_position = ? WHERE id = ? AND first_position = ?")
    .run(continued.lastPosition, continued.id, continued.firstPosition);
}
