import { appendFunction } from "./append-function.ts";
import { viewFunctions } from "./view-functions.ts";

/** One step of the schema's way. */
export interface Migration {
  /** `@name` stands for a name in the store's schema. */
  readonly sql: string;
  /** How many steps a version must know at least to share the schema once this one is applied: older versions refuse to start. */
  readonly sharedFrom: number;
}

const tables = `
  -- One row, the identity of this log, which tokens and checkpoints carry. Whoever appends locks it first and never changes it:
  -- an updated row would leave dead versions behind for as long as any old transaction lives.
  CREATE TABLE @log (
    id text COLLATE "C" NOT NULL,
    only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one)
  );
  INSERT INTO @log (id) VALUES (gen_random_uuid()::text);

  -- The log: one order for all streams, only ever inserted into.
  CREATE TABLE @events (
    position bigint PRIMARY KEY,
    stream text COLLATE "C" NOT NULL,
    version integer NOT NULL,
    id text COLLATE "C" NOT NULL,
    type text COLLATE "C" NOT NULL,
    schema_version integer NOT NULL,
    recorded_at bigint NOT NULL,
    data json NOT NULL,
    metadata json NOT NULL,
    tags json NOT NULL
  );
  CREATE UNIQUE INDEX events_by_stream ON @events (stream, version);

  CREATE TABLE @event_tags (
    tag text COLLATE "C" NOT NULL,
    position bigint NOT NULL,
    PRIMARY KEY (tag, position)
  );

  -- What became of each command: events from first to last position, or an outcome without, and when.
  CREATE TABLE @commands (
    id text COLLATE "C" PRIMARY KEY,
    fingerprint text NOT NULL,
    first_position bigint,
    last_position bigint,
    outcome json,
    outcome_at bigint
  );

  -- State: all of it can be rebuilt from the log.
  CREATE TABLE @snapshots (
    stream text COLLATE "C" NOT NULL,
    state_version integer NOT NULL,
    version integer NOT NULL,
    state json NOT NULL,
    PRIMARY KEY (stream, state_version)
  ) WITH (fillfactor = 80);

  CREATE TABLE @processors (
    name text COLLATE "C" PRIMARY KEY,
    paused boolean NOT NULL,
    build_target bigint NOT NULL
  ) WITH (fillfactor = 50);

  CREATE TABLE @processor_ranges (
    processor text COLLATE "C" NOT NULL,
    from_slice integer NOT NULL,
    to_slice integer NOT NULL,
    checkpoint_log text NOT NULL,
    checkpoint_position bigint NOT NULL,
    checkpoint_event text NOT NULL,
    owner text,
    epoch integer NOT NULL,
    lease_until bigint NOT NULL,
    failure json,
    PRIMARY KEY (processor, from_slice)
  ) WITH (fillfactor = 50);

  CREATE TABLE @processor_workers (
    processor text COLLATE "C" NOT NULL,
    id text COLLATE "C" NOT NULL,
    alive_until bigint NOT NULL,
    PRIMARY KEY (processor, id)
  ) WITH (fillfactor = 50);

  CREATE TABLE @parked (
    processor text COLLATE "C" NOT NULL,
    sequence text COLLATE "C" NOT NULL,
    position bigint NOT NULL,
    failure json,
    retry_at bigint,
    PRIMARY KEY (processor, sequence, position)
  );
  CREATE INDEX parked_by_position ON @parked (processor, position);

  CREATE TABLE @discarded (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    processor text COLLATE "C" NOT NULL,
    sequence text NOT NULL,
    position bigint NOT NULL,
    reason text NOT NULL,
    discarded_at bigint NOT NULL
  );
  CREATE INDEX discarded_by_processor ON @discarded (processor, number);

  -- The tables of views, each named view_<view>_<version>_<generation>.
  CREATE TABLE @views (
    view text COLLATE "C" NOT NULL,
    version integer NOT NULL,
    generation integer NOT NULL,
    table_name text NOT NULL,
    fields json NOT NULL,
    PRIMARY KEY (view, version, generation)
  );

  -- The processes that read a version, which is not dropped while they do.
  CREATE TABLE @view_readers (
    view text COLLATE "C" NOT NULL,
    version integer NOT NULL,
    reader text COLLATE "C" NOT NULL,
    read_until bigint NOT NULL,
    PRIMARY KEY (view, version, reader)
  ) WITH (fillfactor = 50);
  `;

/**
 * The schema, step by step. Forward only: a step that was released is never changed, a new one is added at the end. The table
 * `migrations` holds those that were applied. `schema.txt` shows what they lead to; a test compares.
 */
export const migrations: readonly Migration[] = [
  { sql: tables + appendFunction + viewFunctions, sharedFrom: 1 },
];
