/** How long an append waits for the lock of the log at once: a third of default patience, which so is not spent by one wait in vain. */
const lockTimeout = "3s";

/**
 * The append of a batch of commits as one function call, which is one round trip and one transaction.
 *
 * The first statement locks the row of the log; every statement after it has a snapshot of its own (READ COMMITTED), and
 * so sees all that the holder before it has committed. Positions go on from the highest one there is. The members of the
 * batch are gone through in order, in memory: each meets the versions that those before it left. Two things were ruled
 * out by the caller: members with the same command id, and conditions that mean an event of an earlier member.
 * Then everything is inserted at once.
 *
 * Plans are kept: with a plan made for the arrays of each call, planning took as long as all the rest of a small batch.
 *
 * Answers with JSON: `at`, epoch milliseconds by the server's clock; `first`, for each member its first position, 0 where
 * its outcome was recorded, null where `others` says what became of it; `before`, for each append the version of its
 * stream before it.
 */
export const appendFunction = `
  -- The first event that a query means; null for none.
  CREATE FUNCTION @find_match(query json) RETURNS bigint
  LANGUAGE plpgsql STABLE
  AS $$
  DECLARE
    wanted text[] := ARRAY(SELECT json_array_elements_text(query->'tags'));
    kinds text[] := CASE WHEN query->'types' IS NOT NULL THEN ARRAY(SELECT json_array_elements_text(query->'types')) END;
    behind bigint := (query->>'after')::bigint;
    except_stream text := query->>'exceptStream';
  BEGIN
    IF cardinality(wanted) = 0 THEN
      RETURN (
        SELECT e.position FROM @events e
        WHERE e.position > behind
          AND (kinds IS NULL OR e.type = ANY (kinds))
          AND (except_stream IS NULL OR e.stream <> except_stream)
        ORDER BY e.position LIMIT 1);
    END IF;
    RETURN (
      SELECT t.position FROM @event_tags t JOIN @events e ON e.position = t.position
      WHERE t.tag = wanted[1] AND t.position > behind
        AND (kinds IS NULL OR e.type = ANY (kinds))
        AND (except_stream IS NULL OR e.stream <> except_stream)
        AND NOT EXISTS (
          SELECT FROM unnest(wanted[2:]) other (tag)
          WHERE NOT EXISTS (SELECT FROM @event_tags o WHERE o.tag = other.tag AND o.position = t.position))
      ORDER BY t.position LIMIT 1);
  END
  $$;

  CREATE FUNCTION @append(
    -- For each member of the batch: its command; its outcome without events or null; its conditions' queries as a JSON array or null.
    command_ids text[], fingerprints text[], outcomes json[], conditions json[],
    -- For each append, by member: whose it is, its stream, the expected version (-1 any, 0 none), how many events.
    append_members integer[], append_streams integer[], append_expected integer[], append_counts integer[],
    streams text[],
    -- For each event, in the order of the appends.
    event_streams integer[], event_ids text[], event_types text[], event_schema_versions integer[],
    event_data text[], event_metadata text[], event_tag_lists text[],
    -- For each tag: the event that carries it.
    tag_names text[], tag_events integer[]
  ) RETURNS json
  LANGUAGE plpgsql
  SET jit = off
  SET plan_cache_mode = force_generic_plan
  SET lock_timeout = '${lockTimeout}'
  AS $$
  DECLARE
    log_position bigint;
    recorded_at_ms bigint;
    versions integer[];
    first_positions bigint[] := array_fill(NULL::bigint, ARRAY[cardinality(command_ids)]);
    last_positions bigint[] := first_positions;
    repeats boolean[] := array_fill(false, ARRAY[cardinality(command_ids)]);
    event_positions bigint[] := array_fill(NULL::bigint, ARRAY[cardinality(event_ids)]);
    event_versions integer[] := array_fill(NULL::integer, ARRAY[cardinality(event_ids)]);
    versions_before integer[] := array_fill(NULL::integer, ARRAY[cardinality(append_members)]);
    others json[] := '{}';
    earlier record;
    query json;
    matched bigint;
    objection json;
    appends integer := cardinality(append_members);
    append integer := 1;
    first_append integer;
    event integer := 0;
    first_event integer;
    stream integer;
    version integer;
  BEGIN
    IF current_setting('transaction_isolation') <> 'read committed' THEN
      RAISE EXCEPTION 'millrace appends in READ COMMITTED alone' USING ERRCODE = 'active_sql_transaction';
    END IF;
    -- Durable before acknowledged (G1), whatever the server's default.
    IF current_setting('synchronous_commit') = 'off' THEN
      PERFORM set_config('synchronous_commit', 'on', true);
    END IF;

    PERFORM FROM @log FOR UPDATE;

    SELECT coalesce(max(e.position), 0) INTO log_position FROM @events e;
    recorded_at_ms := floor(extract(epoch FROM clock_timestamp()) * 1000);
    versions := ARRAY(
      SELECT coalesce((SELECT e.version FROM @events e WHERE e.stream = s.name ORDER BY e.version DESC LIMIT 1), 0)
      FROM unnest(streams) WITH ORDINALITY s (name, number) ORDER BY s.number);

    FOR earlier IN
      SELECT k.number, c.*, e.id AS event_id, e.recorded_at
      FROM unnest(command_ids) WITH ORDINALITY k (id, number)
      CROSS JOIN LATERAL (SELECT * FROM @commands c WHERE c.id = k.id LIMIT 1) c
      LEFT JOIN @events e ON e.position = c.last_position
    LOOP
      repeats[earlier.number] := true;
      others := array_append(others, json_build_object(
        'member', earlier.number, 'status', 'repeated', 'fingerprint', earlier.fingerprint,
        'first', earlier.first_position, 'last', earlier.last_position, 'eventId', earlier.event_id,
        'at', earlier.recorded_at, 'outcome', earlier.outcome));
    END LOOP;

    FOR member IN 1 .. cardinality(command_ids) LOOP
      first_append := append;
      first_event := event;
      WHILE append <= appends AND append_members[append] = member LOOP
        event := event + append_counts[append];
        append := append + 1;
      END LOOP;
      CONTINUE WHEN repeats[member];
      IF outcomes[member] IS NOT NULL THEN
        first_positions[member] := 0;
        CONTINUE;
      END IF;

      objection := NULL;
      FOR i IN first_append .. append - 1 LOOP
        version := versions[append_streams[i]];
        IF append_expected[i] >= 0 AND append_expected[i] <> version THEN
          objection := json_build_object(
            'member', member, 'status', 'conflict', 'append', i - first_append, 'actual', version);
          EXIT;
        END IF;
      END LOOP;
      IF objection IS NULL AND conditions[member] IS NOT NULL THEN
        FOR query IN SELECT * FROM json_array_elements(conditions[member]) LOOP
          matched := @find_match(query);
          IF matched IS NOT NULL THEN
            objection := json_build_object(
              'member', member, 'status', 'condition-failed',
              'condition', query->'condition', 'position', matched);
            EXIT;
          END IF;
        END LOOP;
      END IF;
      IF objection IS NOT NULL THEN
        others := array_append(others, objection);
        CONTINUE;
      END IF;

      first_positions[member] := log_position + 1;
      FOR i IN first_append .. append - 1 LOOP
        stream := append_streams[i];
        version := versions[stream];
        versions_before[i] := version;
        FOR _ IN 1 .. append_counts[i] LOOP
          first_event := first_event + 1;
          log_position := log_position + 1;
          version := version + 1;
          event_positions[first_event] := log_position;
          event_versions[first_event] := version;
        END LOOP;
        versions[stream] := version;
      END LOOP;
      last_positions[member] := log_position;
    END LOOP;

    INSERT INTO @commands (id, fingerprint, first_position, last_position, outcome, outcome_at)
    SELECT c.id, c.fingerprint, nullif(c.first, 0), c.last, c.outcome, CASE WHEN c.first = 0 THEN recorded_at_ms END
    FROM unnest(command_ids, fingerprints, first_positions, last_positions, outcomes)
      c (id, fingerprint, first, last, outcome)
    WHERE c.first IS NOT NULL;

    INSERT INTO @events
      (position, stream, version, id, type, schema_version, recorded_at, data, metadata, tags)
    SELECT e.position, streams[e.stream], e.version, e.id, e.type, e.schema_version, recorded_at_ms,
      e.data::json, e.metadata::json, e.tags::json
    FROM unnest(event_positions, event_streams, event_versions, event_ids, event_types, event_schema_versions,
        event_data, event_metadata, event_tag_lists)
      e (position, stream, version, id, type, schema_version, data, metadata, tags)
    WHERE e.position IS NOT NULL;

    IF cardinality(tag_names) > 0 THEN
      INSERT INTO @event_tags (tag, position)
      SELECT t.tag, event_positions[t.event] FROM unnest(tag_names, tag_events) t (tag, event)
      WHERE event_positions[t.event] IS NOT NULL
      ON CONFLICT DO NOTHING;
    END IF;

    RETURN json_build_object(
      'at', recorded_at_ms, 'first', first_positions, 'before', versions_before, 'others', others);
  END
  $$;

  -- The same for the most common batch: one commit of one event, without tags or conditions. Null where its command is recorded
  -- already or its stream is at another version: then @append, with nothing done, tells which.
  CREATE FUNCTION @append_one(
    command_id text, fingerprint text, stream_name text, expected integer,
    event_id text, event_type text, event_schema_version integer, data text, metadata text
  ) RETURNS json
  LANGUAGE plpgsql
  SET jit = off
  SET plan_cache_mode = force_generic_plan
  SET lock_timeout = '${lockTimeout}'
  AS $$
  DECLARE
    log_position bigint;
    stream_version integer;
    recorded_at_ms bigint;
  BEGIN
    IF current_setting('transaction_isolation') <> 'read committed' THEN
      RAISE EXCEPTION 'millrace appends in READ COMMITTED alone' USING ERRCODE = 'active_sql_transaction';
    END IF;
    IF current_setting('synchronous_commit') = 'off' THEN
      PERFORM set_config('synchronous_commit', 'on', true);
    END IF;
    PERFORM FROM @log FOR UPDATE;

    SELECT
      coalesce((SELECT e.position FROM @events e ORDER BY e.position DESC LIMIT 1), 0),
      coalesce((SELECT e.version FROM @events e WHERE e.stream = stream_name ORDER BY e.version DESC LIMIT 1), 0)
    INTO log_position, stream_version;
    IF expected >= 0 AND expected <> stream_version THEN
      RETURN NULL;
    END IF;
    INSERT INTO @commands (id, fingerprint, first_position, last_position)
    VALUES (command_id, fingerprint, log_position + 1, log_position + 1) ON CONFLICT DO NOTHING;
    IF NOT FOUND THEN
      RETURN NULL;
    END IF;
    recorded_at_ms := floor(extract(epoch FROM clock_timestamp()) * 1000);
    INSERT INTO @events
      (position, stream, version, id, type, schema_version, recorded_at, data, metadata, tags)
    VALUES (log_position + 1, stream_name, stream_version + 1, event_id, event_type, event_schema_version, recorded_at_ms,
      data::json, metadata::json, '[]');
    RETURN json_build_object(
      'at', recorded_at_ms, 'first', ARRAY[log_position + 1], 'before', ARRAY[stream_version], 'others', '[]'::json);
  END
  $$;
`;
