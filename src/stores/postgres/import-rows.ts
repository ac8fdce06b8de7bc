import type { RecordedEvent } from "../../message/event.ts";
import { requireStorableText } from "../../message/json.ts";
import { ImportCheck, repeatedCommand } from "../foundation/import-check.ts";
import type { Session } from "./database.ts";

/** Writes events as they are, after exactly those that precede them; see `EventStore.importEvents` for what it throws. */
export async function importRows(session: Session, events: readonly RecordedEvent[]): Promise<void> {
  // Durable before acknowledged (G1), whatever the server's default.
  await session.all(
    "SELECT set_config('synchronous_commit', 'on', true) WHERE current_setting('synchronous_commit') = 'off'",
  );
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
  const check = new ImportCheck(head?.position ?? 0, (stream) => versions.get(stream) ?? 0);
  const rows = events.map((event) => check.check(event));
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
  if (tags.length > 0) {
    await session.all(
      `INSERT INTO @event_tags (tag, position) SELECT * FROM unnest($1::text[], $2::bigint[]) ON CONFLICT DO NOTHING`,
      [tags.map(({ tag }) => tag), tags.map((it) => it.position)],
    );
  }
  await importCommands(session, check);
}

async function importCommands(session: Session, check: ImportCheck): Promise<void> {
  const commands = [...check.commands.values()];
  const inserted = await session.all<{ readonly id: string }>(
    `INSERT INTO @commands (id, fingerprint, first_position, last_position)
    SELECT u.id, '', u.first, u.last FROM unnest($1::text[], $2::bigint[], $3::bigint[]) u (id, first, last)
    ON CONFLICT DO NOTHING RETURNING id`,
    [
      commands.map(({ id }) => id),
      commands.map(({ firstPosition }) => firstPosition),
      commands.map(({ lastPosition }) => lastPosition),
    ],
  );
  if (inserted.length < commands.length) {
    const news = new Set(inserted.map(({ id }) => id));
    const repeated = commands.find(({ id }) => !news.has(id));
    throw repeatedCommand(repeated?.id ?? "", repeated?.firstPosition);
  }
  const { continued } = check;
  if (continued === undefined) return;
  await session.all("UPDATE @commands SET last_position = $1 WHERE id = $2 AND first_position = $3", [
    continued.lastPosition,
    continued.id,
    continued.firstPosition,
  ]);
}
