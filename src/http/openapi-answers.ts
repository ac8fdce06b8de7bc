import { exampleOf } from "./example.ts";
import { sharedSchemas } from "./openapi-parts.ts";

/** The paths of an OpenAPI document. */
export type Paths = Record<string, Record<string, unknown>>;

/** A response with a body that has links. */
export function answer(description: string, schema: unknown) {
  return {
    description,
    content: { "application/hal+json": { schema, example: exampleOf(schema, sharedSchemas) } },
  };
}

/** A body that a caller sends. */
export function body(schema: unknown) {
  return {
    required: true,
    content: { "application/json": { schema, example: exampleOf(schema, sharedSchemas) } },
  };
}

/** What can go wrong, by status. */
export function problems(...statuses: readonly number[]): Record<string, unknown> {
  return Object.fromEntries(
    statuses.map((status) => [String(status), { $ref: `#/components/responses/Problem${status}` }]),
  );
}
