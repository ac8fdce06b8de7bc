import { MillraceError } from "../../errors/millrace-error.ts";
import { fingerprintOf } from "../../message/json.ts";

/** PostgreSQL cuts longer names without a word, so that two could become one. */
const maxNameBytes = 63;
const fingerprintLength = 12;

/** `name` as an identifier of SQL, whatever it holds. */
export function quoted(name: string): string {
  return escaped(name, '"');
}

/** `text` as a constant of SQL, whatever it holds. */
export function literal(text: string): string {
  return escaped(text, "'");
}

/** `sql` with `@name` as a name in the schema, and `@.` as the schema. Names of users cannot look like that: see `quoted`. */
export function inSchema(sql: string, schema: string): string {
  const prefix = `${quoted(schema)}.`;
  return sql.replace(/@\.?/g, () => prefix);
}

/** In our statements an at sign stands for the schema, a dollar sign could end the body of a function, and a line a comment. */
const special = /[@$\\\p{Cc}]/gu;

function escaped(text: string, mark: string): string {
  const doubled = text.replaceAll(mark, mark + mark);
  const plain = doubled.replace(special, (character) =>
    character === "\\" ? "\\\\" : `\\${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  return plain === doubled ? mark + doubled + mark : `U&${mark}${plain}${mark}`;
}

/** `name` where PostgreSQL can keep it, else its beginning and a fingerprint of the whole. */
export function fitted(name: string): string {
  if (Buffer.byteLength(name) <= maxNameBytes) return name;
  const characters = Array.from(name);
  while (Buffer.byteLength(characters.join("")) > maxNameBytes - fingerprintLength - 1) characters.pop();
  return `${characters.join("")}~${fingerprintOf(name).slice(0, fingerprintLength)}`;
}

/** The channel on which processes tell each other that the log of a schema has grown; channels belong to a whole database. */
export function channelOf(schema: string): string {
  return fitted(`millrace:${schema}`);
}

/** Throws `configuration-invalid` for what cannot name a schema. */
export function requireSchemaName(schema: string): void {
  const bytes = Buffer.byteLength(schema);
  if (bytes >= 1 && bytes <= maxNameBytes && !schema.includes("\0") && !/^pg_/i.test(schema)) return;
  throw new MillraceError(
    "configuration-invalid",
    `A PostgreSQL schema has a name of 1 to ${maxNameBytes} bytes that does not begin with "pg_"; found ${JSON.stringify(schema.slice(0, 100))}.`,
  );
}
