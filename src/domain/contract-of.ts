import type { AggregateDefinition } from "./aggregate-definition.ts";
import { type Contract, type ContractTypes, readContract } from "./contract.ts";
import { marksName } from "./reference-marks.ts";
import { type JsonSchema, jsonSchemaOf, type Schema } from "./schema.ts";
import type { Service } from "./service.ts";

/**
 * The contract of a service: the newest version of each integration event, its commands and its views. Throws
 * `json-schema-missing` for a schema that cannot tell its JSON Schema.
 */
export function contract<T extends ContractTypes>(service: Service<T>): Contract<T> {
  const { name, processes, publications } = service.definition;
  const aggregates = service.definition.aggregates.filter((aggregate) => aggregate.name !== marksName(name));
  const views = service.definition.views.filter(
    (view) => !processes.some(({ deadlines }) => deadlines === view),
  );
  const newest = new Map<string, (typeof publications)[number]>();
  for (const publication of publications) {
    if ((newest.get(publication.type)?.version ?? 0) < publication.version)
      newest.set(publication.type, publication);
  }
  return readContract({
    millraceContract: 1,
    service: name,
    events: Object.fromEntries(
      [...newest].map(([type, { version, schema }]) => [
        type,
        { version, schema: describe(schema, "input", `the integration event ${type}`) },
      ]),
    ),
    aggregates: Object.fromEntries(aggregates.map((aggregate) => [aggregate.name, commandsOf(aggregate)])),
    views: Object.fromEntries(
      views.map((view) => [
        view.name,
        {
          version: view.version,
          schema: describe(view.schema, "output", `the rows of view ${view.name}`),
        },
      ]),
    ),
  });
}

function commandsOf({ name, collection, commands }: AggregateDefinition) {
  return {
    collection,
    commands: Object.fromEntries(
      Object.entries(commands).map(([type, schema]) => [
        type,
        describe(schema, "input", `the command ${name}.${type}`),
      ]),
    ),
  };
}

/** A schema without its dialect, which is the same for all. */
function describe(schema: Schema, side: "input" | "output", what: string): JsonSchema {
  const { $schema: _dialect, ...rest } = jsonSchemaOf(schema, side, what);
  return rest;
}
