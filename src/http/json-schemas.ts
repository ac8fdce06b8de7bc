import { type JsonSchema, jsonSchemaOf, type Schema } from "../domain/schema.ts";
import { isMillraceError } from "../errors/millrace-error.ts";

const known = new WeakMap<Schema, Partial<Record<"input" | "output", JsonSchema>>>();

/** What callers write. A schema that cannot tell is described by how to make it tell. */
export function inputSchemaOf(schema: Schema | undefined, what: string): JsonSchema {
  return schemaOf(schema, "input", what);
}

/** What callers read. */
export function outputSchemaOf(schema: Schema | undefined, what: string): JsonSchema {
  return schemaOf(schema, "output", what);
}

function schemaOf(schema: Schema | undefined, side: "input" | "output", what: string): JsonSchema {
  if (schema === undefined) return {};
  const sides = known.get(schema) ?? {};
  known.set(schema, sides);
  sides[side] ??= convert(schema, side, what);
  return sides[side];
}

function convert(schema: Schema, side: "input" | "output", what: string): JsonSchema {
  try {
    // The dialect is the same for all and is named once, by OpenAPI.
    const { $schema: _dialect, ...rest } = jsonSchemaOf(schema, side, what);
    return rest;
  } catch (error) {
    if (isMillraceError(error, "json-schema-missing")) return { description: error.message };
    throw error;
  }
}
