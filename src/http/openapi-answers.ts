import type { DocumentSchemas } from "./document-schemas.ts";

/** The paths of an OpenAPI document. */
export type Paths = Record<string, Record<string, unknown>>;

/** A response with a body that has links. */
export function answer(schemas: DocumentSchemas, description: string, schema: unknown) {
  return {
    description,
    content: { "application/hal+json": { schema, example: schemas.example(schema) } },
  };
}

/** A body that a caller sends. */
export function body(schemas: DocumentSchemas, schema: unknown) {
  return {
    required: true,
    content: { "application/json": { schema, example: schemas.example(schema) } },
  };
}

/** What can go wrong, by status; bugs can everywhere. */
export function problems(...statuses: readonly number[]): Record<string, unknown> {
  return Object.fromEntries(
    [...statuses, 500].map((status) => [String(status), { $ref: `#/components/responses/Problem${status}` }]),
  );
}
