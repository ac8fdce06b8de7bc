import type { JsonSchema } from "../domain/schema.ts";
import type { ViewDefinition } from "../domain/view.ts";
import type { DocumentSchemas } from "./document-schemas.ts";
import { answer, type Paths, problems } from "./openapi-answers.ts";
import { headerParameters, pathParameter, queryParameter } from "./openapi-parts.ts";
import { rowParameters } from "./row-query.ts";

/** Describes the queries of a view. */
export function viewPaths(view: ViewDefinition, schemas: DocumentSchemas): Paths {
  const paths: Paths = {};
  const { name, indexes } = view;
  const row = withLinks(schemas.resolved(schemas.output(view.schema, `views.${name}`)));
  const tags = ["views"];
  const fresh = [headerParameters.token, headerParameters.preferWait, headerParameters.lastEventId];
  const typeOf = (parameter: string) => {
    if (parameter === "limit") return { type: "integer", minimum: 1, maximum: 1000, default: 50 };
    const [field, op] = parameter.split(".");
    const type = indexes.find((index) => index.name === field)?.type;
    return { type: op === "in" || type === undefined || type === "text" ? "string" : type };
  };
  const change = { "text/event-stream": { schema: { type: "string" } } };
  const list = answer(schemas, "Rows", {
    type: "object",
    required: ["_embedded", "_links"],
    properties: {
      _embedded: { type: "object", properties: { [name]: { type: "array", items: row } } },
      _links: { $ref: "#/components/schemas/Links" },
    },
  });
  const one = answer(schemas, "The row", row);
  paths[`/v1/views/${name}`] = {
    get: {
      tags,
      operationId: `list_${name}`,
      summary: `Rows of ${name}; as text/event-stream, their live changes`,
      parameters: [
        ...rowParameters(indexes).map((parameter) =>
          queryParameter(parameter, typeOf(parameter), describe(parameter)),
        ),
        ...fresh,
      ],
      responses: {
        "200": { ...list, content: { ...list.content, ...change } },
        ...problems(400, 401, 403, 409, 503),
      },
    },
  };
  paths[`/v1/views/${name}/{key}`] = {
    parameters: [pathParameter("key")],
    get: {
      tags,
      operationId: `read_row_of_${name}`,
      summary: `One row of ${name}; as text/event-stream, its live changes`,
      parameters: [...fresh, headerParameters.ifNoneMatch],
      responses: {
        "200": { ...one, content: { ...one.content, ...change } },
        "304": { description: "The caller has it already" },
        ...problems(400, 401, 403, 404, 409, 422, 503),
      },
    },
  };
  return paths;
}

/** A row as it is answered, with its links beside its fields, also where its schema allows no other fields. */
function withLinks(row: JsonSchema): JsonSchema {
  const links = { _links: { $ref: "#/components/schemas/Links" } };
  const {
    properties = {},
    required = [],
    anyOf,
    oneOf,
  } = row as {
    readonly properties?: object;
    readonly required?: readonly string[];
    readonly anyOf?: readonly JsonSchema[];
    readonly oneOf?: readonly JsonSchema[];
  };
  if (anyOf !== undefined) return { ...row, anyOf: anyOf.map(withLinks) };
  if (oneOf !== undefined) return { ...row, oneOf: oneOf.map(withLinks) };
  return { ...row, properties: { ...properties, ...links }, required: [...required, "_links"] };
}

function describe(parameter: string): string {
  const [field, op] = parameter.split(".");
  switch (parameter) {
    case "sort":
      return 'A field, with "-" in front for the other way round';
    case "limit":
      return "How many rows";
    case "cursor":
      return "Continues an earlier page: what its next link has";
  }
  return op === "in"
    ? `One of these values of ${field}, with commas`
    : `Rows whose ${field} is ${op ?? "eq"} this`;
}
