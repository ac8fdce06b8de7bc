import { isMillraceError } from "../errors/millrace-error.ts";
import { requireDeclared } from "./require-declared.ts";
import { type JsonSchema, jsonSchemaOf, type Schema } from "./schema.ts";

/** What HAL (draft-kelly-json-hal, 4.1) keeps for itself in the object that a row is over HTTP, beside the row's fields. */
const reserved = ["_links", "_embedded"];

/** Throws `declaration-invalid` where rows would lose a field to a reserved name, as far as their schema tells its JSON Schema. */
export function requireNoReservedField(view: string, schema: Schema): void {
  const json = rowSchemaOf(view, schema);
  if (json === undefined) return;
  const fields = new Set([...partsOf(json, json)].flatMap(({ properties = {} }) => Object.keys(properties)));
  const found = reserved.find((name) => fields.has(name));
  requireDeclared(
    found === undefined,
    `The rows of view ${view} have a field "${found}", which over HTTP is the place of what HAL adds to a row: the names ${reserved.join(" and ")} are reserved. Name it differently.`,
    { view, field: found },
  );
}

interface RowSchema {
  readonly properties?: object;
  readonly anyOf?: readonly RowSchema[];
  readonly oneOf?: readonly RowSchema[];
  readonly allOf?: readonly RowSchema[];
  readonly $ref?: string;
}

function rowSchemaOf(view: string, schema: Schema): RowSchema | undefined {
  try {
    return jsonSchemaOf(schema, "output", `the rows of view ${view}`);
  } catch (error) {
    if (isMillraceError(error, "json-schema-missing")) return undefined;
    throw error;
  }
}

/** A schema with all that it is composed of, which describe the same object. */
function partsOf(schema: RowSchema, root: RowSchema, parts = new Set<RowSchema>()): ReadonlySet<RowSchema> {
  if (parts.has(schema)) return parts;
  parts.add(schema);
  const { anyOf = [], oneOf = [], allOf = [], $ref } = schema;
  const referred = $ref === undefined ? undefined : referredIn(root, $ref);
  for (const part of [...anyOf, ...oneOf, ...allOf, ...(referred === undefined ? [] : [referred])]) {
    partsOf(part, root, parts);
  }
  return parts;
}

/** What a reference such as `#/$defs/row` leads to. */
function referredIn(root: RowSchema, reference: string): RowSchema | undefined {
  let found: unknown = root;
  for (const name of reference.split("/").slice(1)) found = (found as JsonSchema | undefined)?.[name];
  return found as RowSchema | undefined;
}
