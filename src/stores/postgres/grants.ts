import { fitted, inSchema, literal, quoted, requireSchemaName } from "./sql-name.ts";

export interface GrantOptions {
  /** Default `millrace`. */
  readonly schema?: string;
  /** The roles of PostgreSQL that get the rights of each role of a process; default the schema's name with `_command` and so on, cut to fit. */
  readonly roles?: { readonly command?: string; readonly query?: string; readonly processor?: string };
}

const processorTables = ["processors", "processor_ranges", "processor_workers", "parked", "discarded"];
/** Whether a process is ready follows from how far the views are, whatever its role. */
const healthTables = ["views", ...processorTables];

/** What a role of a process does with which tables. Locking the log takes the right to update it. */
const commandRights = {
  SELECT: ["migrations", "log", "events", "event_tags", "commands", "snapshots", ...healthTables],
  INSERT: ["events", "event_tags", "commands", "snapshots"],
  UPDATE: ["log", "snapshots"],
};
const queryRights = {
  SELECT: ["migrations", "log", "events", "view_readers", ...healthTables],
  INSERT: ["view_readers"],
  UPDATE: ["view_readers"],
  DELETE: ["view_readers"],
};
const processorRights = {
  SELECT: commandRights.SELECT,
  INSERT: [...commandRights.INSERT, ...processorTables],
  UPDATE: [...commandRights.UPDATE, ...processorTables],
  DELETE: [...processorTables, "commands"],
};

/**
 * The statements that give each role of a process the least that it needs, to be run by the owner of the tables or a superuser
 * after every migration; running them again changes nothing. Throws `configuration-invalid` for what cannot name a schema.
 */
export function postgresGrants({ schema = "millrace", roles = {} }: GrantOptions = {}): readonly string[] {
  requireSchemaName(schema);
  const command = roles.command ?? fitted(`${schema}_command`);
  const query = roles.query ?? fitted(`${schema}_query`);
  const processor = roles.processor ?? fitted(`${schema}_processor`);
  const statements = [
    ...[command, query, processor].flatMap((role) => [
      createRole(role),
      `GRANT USAGE ON SCHEMA ${quoted(schema)} TO ${quoted(role)}`,
    ]),
    ...grantTables(commandRights, command),
    ...grantTables(queryRights, query),
    ...grantViews("SELECT", schema, query),
    ...grantTables(processorRights, processor),
    ...grantViews("SELECT, INSERT, UPDATE, DELETE", schema, processor),
    `GRANT EXECUTE ON FUNCTION @make_view, @drop_view TO ${quoted(processor)}`,
  ];
  return statements.map((statement) => inSchema(statement, schema));
}

function createRole(role: string): string {
  return `DO $$ BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = ${literal(role)}) THEN CREATE ROLE ${quoted(role)} NOLOGIN; END IF;
END $$`;
}

function grantTables(rights: Readonly<Record<string, readonly string[]>>, role: string): readonly string[] {
  return Object.entries(rights).map(
    ([right, tables]) =>
      `GRANT ${right} ON ${tables.map((table) => `@${table}`).join(", ")} TO ${quoted(role)}`,
  );
}

/** For the tables of views that are there, and for those to come, which are their owner's whoever grants. */
function grantViews(rights: string, schema: string, role: string): readonly string[] {
  return [
    `DO $$ DECLARE name text; BEGIN
  FOR name IN SELECT table_name FROM @views LOOP
    EXECUTE format(${literal(`GRANT ${rights} ON %I.%I TO %I`)}, ${literal(schema)}, name, ${literal(role)});
  END LOOP;
END $$`,
    `DO $$ BEGIN
  EXECUTE format(${literal(`ALTER DEFAULT PRIVILEGES FOR ROLE %s IN SCHEMA %I GRANT ${rights} ON TABLES TO %I`)},
    (SELECT c.relowner::regrole FROM @log l JOIN pg_class c ON c.oid = l.tableoid), ${literal(schema)}, ${literal(role)});
END $$`,
  ];
}
