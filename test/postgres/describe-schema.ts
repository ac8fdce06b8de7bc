import type pg from "pg";

/** What the catalog says of a schema, as text that does not depend on the schema's name: a line for each thing, ordered by name. */
export async function describeSchema(client: pg.Client, schema: string): Promise<string> {
  const lines = async (sql: string) => {
    const { rows } = await client.query<{ line: string }>(sql, [schema]);
    return rows.map(({ line }) =>
      line.replaceAll(`${schema}.`, "").replaceAll(`"${schema}".`, "").replace(/\s+/g, " ").trimEnd(),
    );
  };
  const sections = {
    tables: await lines(`
      SELECT format('%s.%s %s%s%s%s%s', c.relname, a.attname, format_type(a.atttypid, a.atttypmod),
        CASE WHEN l.collname = 'C' THEN ' COLLATE "C"' ELSE '' END,
        CASE WHEN a.attnotnull THEN ' NOT NULL' ELSE '' END,
        CASE WHEN a.attgenerated <> '' THEN ' GENERATED ' || pg_get_expr(d.adbin, d.adrelid)
          WHEN d.adbin IS NOT NULL THEN ' DEFAULT ' || pg_get_expr(d.adbin, d.adrelid) ELSE '' END,
        CASE WHEN a.attidentity <> '' THEN ' IDENTITY' ELSE '' END) AS line
      FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
      LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
      LEFT JOIN pg_collation l ON l.oid = a.attcollation
      WHERE c.relnamespace = quote_ident($1)::regnamespace AND c.relkind = 'r' AND a.attnum > 0
      ORDER BY c.relname, a.attnum`),
    options: await lines(`
      SELECT format('%s %s', relname, array_to_string(reloptions, ', ')) AS line FROM pg_class
      WHERE relnamespace = quote_ident($1)::regnamespace AND reloptions IS NOT NULL ORDER BY relname`),
    indexes: await lines(`
      SELECT indexdef AS line FROM pg_indexes WHERE schemaname = $1 ORDER BY indexname`),
    constraints: await lines(`
      SELECT format('%s %s', conrelid::regclass, pg_get_constraintdef(oid)) AS line FROM pg_constraint
      WHERE connamespace = quote_ident($1)::regnamespace AND contype IN ('c', 'f', 'u', 'x') ORDER BY 1`),
    functions: await lines(`
      SELECT format('%s(%s) %s%s %s %s', proname, pg_get_function_arguments(oid), pg_get_function_result(oid),
        CASE WHEN prosecdef THEN ' SECURITY DEFINER' ELSE '' END, array_to_string(proconfig, ', '),
        md5(replace(replace(prosrc, quote_ident($1), 'S'), $1, 'S'))) AS line
      FROM pg_proc WHERE pronamespace = quote_ident($1)::regnamespace ORDER BY proname`),
  };
  return `${Object.entries(sections)
    .map(([name, found]) => [`# ${name}`, ...found].join("\n"))
    .join("\n\n")}\n`;
}
