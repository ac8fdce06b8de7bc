import type { ServiceDefinition } from "../domain/service.ts";
import type { Role } from "../runtime/runtime.ts";
import { DocumentSchemas } from "./document-schemas.ts";
import { aggregatePaths } from "./openapi-aggregate.ts";
import type { Paths } from "./openapi-answers.ts";
import { feedPaths } from "./openapi-feed.ts";
import { healthPaths, metricsPaths, operationPaths } from "./openapi-operations.ts";
import { problemResponses } from "./openapi-problems.ts";
import { viewPaths } from "./openapi-view.ts";

/** What there is beside the parts that roles ask for. */
export interface ApiFacts {
  readonly authenticates: boolean;
  readonly hasMetrics: boolean;
  readonly hasOperations: boolean;
  readonly hasHealth: boolean;
}

/** A service and what of it is served. */
export interface ServedParts {
  readonly service: ServiceDefinition;
  readonly roles: ReadonlySet<Role>;
}

/** The interface of services that share a URL space as OpenAPI 3.1: every command, view and problem, with examples. */
export function openApiDocument(served: readonly ServedParts[], facts: ApiFacts): unknown {
  const paths: Paths = {};
  const schemas = new DocumentSchemas();
  for (const { service, roles } of served) {
    for (const aggregate of roles.has("command") ? service.aggregates : [])
      Object.assign(paths, aggregatePaths(aggregate, schemas));
    for (const view of roles.has("query") ? service.views : [])
      Object.assign(paths, viewPaths(view, schemas));
    if (roles.has("relay")) Object.assign(paths, feedPaths(service, schemas));
    if (facts.hasOperations) Object.assign(paths, operationPaths(service.name, served.length));
  }
  if (facts.hasHealth) Object.assign(paths, healthPaths());
  if (facts.hasMetrics) Object.assign(paths, metricsPaths());
  const security = facts.authenticates ? [{ bearer: [] }] : undefined;
  const names = served.map(({ service }) => service.name).join(", ");
  const noun = served.length > 1 ? "services" : "service";
  return {
    openapi: "3.1.0",
    info: { title: names, version: "1", description: `The interface of the ${noun} ${names}.` },
    jsonSchemaDialect: "https://json-schema.org/draft/2020-12/schema",
    ...(security === undefined ? {} : { security }),
    paths,
    components: {
      schemas: schemas.components,
      responses: problemResponses(),
      ...(security === undefined
        ? {}
        : { securitySchemes: { bearer: { type: "http", scheme: "bearer", bearerFormat: "JWT" } } }),
    },
  };
}
