import type { RecordedEvent } from "../../message/event.ts";
import type { Metadata } from "../../message/metadata.ts";

/** A row of the table `events`. */
export interface EventRow {
  readonly position: number;
  readonly stream: string;
  readonly version: number;
  readonly id: string;
  readonly type: string;
  readonly schema_version: number;
  readonly recorded_at: number;
  readonly data: string;
  readonly metadata: string;
  readonly tags: string;
}

export const eventColumns =
  "position, stream, version, id, type, schema_version, recorded_at, data, metadata, tags";

export function toRecordedEvent(row: EventRow): RecordedEvent {
  const dash = row.stream.indexOf("-");
  return {
    id: row.id,
    stream: row.stream,
    category: row.stream.slice(0, dash),
    aggregateId: row.stream.slice(dash + 1),
    version: row.version,
    position: row.position,
    type: row.type,
    data: JSON.parse(row.data) as unknown,
    schemaVersion: row.schema_version,
    recordedAt: row.recorded_at,
    metadata: JSON.parse(row.metadata) as Metadata,
    tags: row.tags === "[]" ? [] : (JSON.parse(row.tags) as string[]),
  };
}
