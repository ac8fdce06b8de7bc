CREATE TABLE commands (
    id TEXT NOT NULL PRIMARY KEY,
    fingerprint TEXT NOT NULL,
    first_position INTEGER,
    last_position INTEGER,
    outcome TEXT,
    outcome_at INTEGER
  ) STRICT, WITHOUT ROWID;

CREATE TABLE discarded (
    number INTEGER PRIMARY KEY,
    processor TEXT NOT NULL,
    sequence TEXT NOT NULL,
    position INTEGER NOT NULL,
    reason TEXT NOT NULL,
    discarded_at INTEGER NOT NULL
  ) STRICT;

CREATE INDEX discarded_by_processor ON discarded (processor, number);

CREATE TABLE event_tags (
    tag TEXT NOT NULL,
    position INTEGER NOT NULL,
    PRIMARY KEY (tag, position)
  ) STRICT, WITHOUT ROWID;

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

CREATE TABLE log (id TEXT NOT NULL PRIMARY KEY) STRICT, WITHOUT ROWID;

CREATE TABLE parked (
    processor TEXT NOT NULL,
    sequence TEXT NOT NULL,
    position INTEGER NOT NULL,
    failure TEXT,
    retry_at INTEGER,
    PRIMARY KEY (processor, sequence, position)
  ) STRICT, WITHOUT ROWID;

CREATE INDEX parked_by_position ON parked (processor, position);

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

CREATE TABLE processors (
    name TEXT NOT NULL PRIMARY KEY,
    paused INTEGER NOT NULL,
    build_target INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;

CREATE TABLE snapshots (
    stream TEXT NOT NULL,
    state_version INTEGER NOT NULL,
    version INTEGER NOT NULL,
    state TEXT NOT NULL,
    PRIMARY KEY (stream, state_version)
  ) STRICT;

CREATE TABLE view_readers (
    view TEXT NOT NULL,
    version INTEGER NOT NULL,
    reader TEXT NOT NULL,
    read_until INTEGER NOT NULL,
    PRIMARY KEY (view, version, reader)
  ) STRICT, WITHOUT ROWID;

CREATE TABLE views (
    view TEXT NOT NULL,
    version INTEGER NOT NULL,
    generation INTEGER NOT NULL,
    fields TEXT NOT NULL,
    PRIMARY KEY (view, version, generation)
  ) STRICT, WITHOUT ROWID;
