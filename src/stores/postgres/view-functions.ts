/**
 * The tables of views are made and dropped by functions with their owner's rights, so that whoever builds a view anew needs
 * the right to call them and no right to make anything else. Names come from `view-table-names.ts`; what they may be is
 * settled here.
 */
export const viewFunctions = `
  -- A table with a generated column and an index for each declared field, unless it is there; ties of a field are ordered by
  -- key. A value of another type than the field's counts as null. Pages keep room, so that most updates stay on theirs.
  CREATE FUNCTION @make_view(view_name text, view_version integer, view_generation integer, new_table text, fields json)
  RETURNS void
  LANGUAGE plpgsql
  SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
  AS $$
  DECLARE
    place text := (SELECT c.relnamespace::regnamespace FROM @log l JOIN pg_class c ON c.oid = l.tableoid);
    columns text;
    field record;
  BEGIN
    IF new_table NOT LIKE 'view\\_%' THEN
      RAISE EXCEPTION 'the table of a view is named view_…; found %', new_table;
    END IF;
    -- Who makes or drops a table does so alone; readers are not kept waiting.
    LOCK TABLE @views IN SHARE ROW EXCLUSIVE MODE;
    PERFORM FROM @views v WHERE v.view = view_name AND v.version = view_version AND v.generation = view_generation;
    IF FOUND THEN
      RETURN;
    END IF;
    SELECT coalesce(string_agg(format(
        ', %I %s GENERATED ALWAYS AS (CASE WHEN jsonb_typeof("row"->%L) = %L THEN ("row"->>%L)%s END) STORED',
        f."column", t.of_column, f.name, t.of_json, f.name, t.made), '' ORDER BY f.name), '')
      INTO columns
      FROM json_to_recordset(fields) f (name text, type text, "column" text)
      LEFT JOIN (VALUES
        ('text', 'text COLLATE "C"', 'string', ''),
        ('number', 'double precision', 'number', '::double precision'),
        ('boolean', 'boolean', 'boolean', '::boolean')) t (type, of_column, of_json, made) ON t.type = f.type;
    EXECUTE format(
      'CREATE TABLE %s.%I (key text COLLATE "C" PRIMARY KEY, "row" jsonb NOT NULL, position bigint NOT NULL%s) WITH (fillfactor = 80)',
      place, new_table, columns);
    FOR field IN SELECT * FROM json_to_recordset(fields) f ("column" text, index text) LOOP
      EXECUTE format('CREATE INDEX %I ON %s.%I (%I NULLS FIRST, key)', field.index, place, new_table, field."column");
    END LOOP;
    INSERT INTO @views (view, version, generation, table_name, fields)
    VALUES (view_name, view_version, view_generation, new_table, fields);
  END
  $$;

  CREATE FUNCTION @drop_view(view_name text, view_version integer, view_generation integer, unless_read boolean)
  RETURNS boolean
  LANGUAGE plpgsql
  SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
  AS $$
  DECLARE
    place text := (SELECT c.relnamespace::regnamespace FROM @log l JOIN pg_class c ON c.oid = l.tableoid);
    dropped text;
  BEGIN
    LOCK TABLE @views IN SHARE ROW EXCLUSIVE MODE;
    PERFORM FROM @view_readers r
    WHERE r.view = view_name AND r.version = view_version AND r.read_until > extract(epoch FROM clock_timestamp()) * 1000;
    IF FOUND AND unless_read THEN
      RETURN false;
    END IF;
    DELETE FROM @views v WHERE v.view = view_name AND v.version = view_version AND v.generation = view_generation
    RETURNING v.table_name INTO dropped;
    IF FOUND THEN
      EXECUTE format('DROP TABLE %s.%I', place, dropped);
    END IF;
    RETURN true;
  END
  $$;

  -- Functions may be called by anyone unless that is taken away; \`millrace migrate --grants\` gives it to those who need it.
  REVOKE EXECUTE ON FUNCTION @make_view, @drop_view FROM PUBLIC;
`;
