import { newId } from "../../message/id.ts";
import type { Connection } from "./connection.ts";

/**
 * The schema, step by step. Forward only: a step that was released is never changed, a new one is added at the end.
 * How many were applied is kept: in a file by `PRAGMA user_version`. `schema.sql` shows what they lead to; a test compares.
 */
export const migrations: readonly string[] = [
  `
  -- The log: one order for all streams. Positions are contiguous, so they are chosen by the store, in commit order.
  CREATE TABLE events (
    position INTEGER PRIMARY KEY,
    stream TEXT NOT NULL,
    version INTEGER NOT NULL,
    id TEXT NOT NULL,
    type TEXT NOT NULL,
    schema_version INTEGER NOT NULL,
    recorded_at INTEGER NOT NULL,
    data TEXT NOT NULL,
    metadata TEXT NOT NULL,
    tags TEXT NOT NULL
  ) STRICT;
  CREATE UNIQUE INDEX events_by_stream ON events (stream, version);

  CREATE TABLE event_tags (
    tag TEXT NOT NULL,
    position INTEGER NOT NULL,
    PRIMARY KEY (tag, position)
  ) STRICT, WITHOUT ROWID;

  -- What became of each command: events from first to last position, or an outcome without, and when.
  CREATE TABLE commands (
    id TEXT NOT NULL PRIMARY KEY,
    fingerprint TEXT NOT NULL,
    first_position INTEGER,
    last_position INTEGER,
    outcome TEXT,
    outcome_at INTEGER
  ) STRICT, WITHOUT ROWID;

  -- One row: the identity of this log, which tokens and checkpoints carry.
  CREATE TABLE log (id TEXT NOT NULL PRIMARY KEY) STRICT, WITHOUT ROWID;

  -- State: all of it can be rebuilt from the log.
  CREATE TABLE snapshots (
    stream TEXT NOT NULL,
    state_version INTEGER NOT NULL,
    version INTEGER NOT NULL,
    state TEXT NOT NULL,
    PRIMARY KEY (stream, state_version)
  ) STRICT;

  CREATE TABLE processors (
    name TEXT NOT NULL PRIMARY KEY,
    paused INTEGER NOT NULL,
    build_target INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE processor_ranges (
    processor TEXT NOT NULL,
    from_slice INTEGER NOT NULL,
    to_slice INTEGER NOT NULL,
    checkpoint_log TEXT NOT NULL,
    checkpoint_position INTEGER NOT NULL,
    checkpoint_event TEXT NOT NULL,
    owner TEXT,
    epoch INTEGER NOT NULL,
    lease_until INTEGER NOT NULL,
    failure TEXT,
    PRIMARY KEY (processor, from_slice)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE processor_workers (
    processor TEXT NOT NULL,
    id TEXT NOT NULL,
    alive_until INTEGER NOT NULL,
    PRIMARY KEY (processor, id)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE parked (
    processor TEXT NOT NULL,
    sequence TEXT NOT NULL,
    position INTEGER NOT NULL,
    failure TEXT,
    retry_at INTEGER,
    PRIMARY KEY (processor, sequence, position)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX parked_by_position ON parked (processor, position);

  CREATE TABLE discarded (
    number INTEGER PRIMARY KEY,
    processor TEXT NOT NULL,
    sequence TEXT NOT NULL,
    position INTEGER NOT NULL,
    reason TEXT NOT NULL,
    discarded_at INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX discarded_by_processor ON discarded (processor, number);

  -- The tables of views, each named view_<view>_<version>_<generation>.
  CREATE TABLE views (
    view TEXT NOT NULL,
    version INTEGER NOT NULL,
    generation INTEGER NOT NULL,
    fields TEXT NOT NULL,
    PRIMARY KEY (view, version, generation)
  ) STRICT, WITHOUT ROWID;

  -- The processes that read a version, which is not dropped while they do.
  CREATE TABLE view_readers (
    view TEXT NOT NULL,
    version INTEGER NOT NULL,
    reader TEXT NOT NULL,
    read_until INTEGER NOT NULL,
    PRIMARY KEY (view, version, reader)
  ) STRICT, WITHOUT ROWID;
  `,
];

/** Takes a database that has seen so many steps through the rest, within the caller's transaction. */
export function applyMigrations(connection: Connection, applied: number): void {
  for (const step of migrations.slice(applied)) connection.exec(step);
  if (applied === 0) connection.sql("INSERT INTO log (id) VALUES (?)").run(newId());
}
