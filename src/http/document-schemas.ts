import type { JsonSchema, Schema } from "../domain/schema.ts";
import { exampleOf } from "./example.ts";
import { inputSchemaOf, outputSchemaOf } from "./json-schemas.ts";
import { sharedSchemas } from "./openapi-parts.ts";

/** The schemas of one OpenAPI document: those that refer into themselves need a place of their own to refer to. */
export class DocumentSchemas {
  readonly components: Record<string, unknown> = { ...sharedSchemas };

  /** What callers write; `name` is one that no other schema of the document has. */
  input(schema: Schema | undefined, name: string): JsonSchema {
    return this.#place(name, inputSchemaOf(schema, name));
  }

  /** What callers read. */
  output(schema: Schema | undefined, name: string): JsonSchema {
    return this.#place(name, outputSchemaOf(schema, name));
  }

  /** A schema itself, where it is a reference to one of the document's; references within it stay. */
  resolved(schema: JsonSchema): JsonSchema {
    const name = typeof schema.$ref === "string" ? schema.$ref.split("/").at(-1) : undefined;
    return name === undefined ? schema : (this.components[name] as JsonSchema);
  }

  example(schema: unknown): unknown {
    return exampleOf(schema, this.components);
  }

  #place(name: string, schema: JsonSchema): JsonSchema {
    if (!JSON.stringify(schema).includes('"$ref":"#')) return schema;
    const at = `#/components/schemas/${name}`;
    this.components[name] = moved(schema, at);
    return { $ref: at };
  }
}

/** The same schema for another place in a document: its references to itself lead there. */
function moved(value: unknown, at: string): unknown {
  if (Array.isArray(value)) return value.map((item) => moved(item, at));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [
      name,
      name === "$ref" && typeof item === "string" && item.startsWith("#")
        ? `${at}${item.slice(1)}`
        : moved(item, at),
    ]),
  );
}
