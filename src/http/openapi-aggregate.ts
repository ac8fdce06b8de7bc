import { commandPath } from "../domain/aggregate-checks.ts";
import type { AggregateDefinition } from "../domain/aggregate-definition.ts";
import type { DocumentSchemas } from "./document-schemas.ts";
import { answer, body, type Paths, problems } from "./openapi-answers.ts";
import { headerParameters, pathParameter, queryParameter } from "./openapi-parts.ts";

/** Describes what an aggregate takes and shows. */
export function aggregatePaths(definition: AggregateDefinition, schemas: DocumentSchemas): Paths {
  const paths: Paths = {};
  const { name, collection, creates, commands, acceptsEvents } = definition;
  const at = `/v1/${collection}`;
  const state = schemas.output(definition.state, `${name}.state`);
  const tags = [name];
  if (creates !== undefined) {
    paths[at] = { post: commandOperation(schemas, definition, creates, "201", state) };
  }
  paths[`${at}/{id}`] = {
    parameters: [pathParameter("id")],
    get: {
      tags,
      operationId: `read_${name}`,
      summary: `The ${name} as it is, or as it was`,
      parameters: [
        queryParameter("version", { type: "integer", minimum: 1 }, "As it was at this version"),
        queryParameter("at", { type: "string" }, "As it was at this time: ISO 8601 or epoch milliseconds"),
        headerParameters.ifNoneMatch,
      ],
      responses: {
        "200": answer(schemas, `The ${name}`, {
          type: "object",
          required: ["id", "version", "state", "_links"],
          properties: {
            id: { type: "string" },
            version: { type: "integer" },
            state,
            _links: { $ref: "#/components/schemas/Links" },
          },
        }),
        "304": { description: "The caller has it already" },
        ...problems(400, 401, 403, 404, 503),
      },
    },
  };
  paths[`${at}/{id}/events`] = {
    parameters: [pathParameter("id")],
    get: {
      tags,
      operationId: `read_history_of_${name}`,
      summary: "Its events in the order of their versions",
      parameters: [
        queryParameter("from", { type: "integer", minimum: 1, default: 1 }, "The first version"),
        queryParameter("limit", { type: "integer", minimum: 1, maximum: 1000, default: 100 }, "How many"),
      ],
      responses: {
        "200": answer(schemas, "A page of events", { $ref: "#/components/schemas/History" }),
        ...problems(400, 401, 403, 404, 503),
      },
    },
    ...(acceptsEvents === undefined
      ? {}
      : {
          post: {
            tags,
            operationId: `accept_event_of_${name}`,
            summary: "An event-shaped request, mapped to the command that leads there",
            parameters: commandHeaders,
            requestBody: body(schemas, schemas.input(acceptsEvents.schema, `${name}.events`)),
            responses: commandResponses(schemas, "200", state),
          },
        }),
  };
  paths[`${at}/{id}/events/{version}`] = {
    parameters: [pathParameter("id"), pathParameter("version", { type: "integer", minimum: 1 })],
    get: {
      tags,
      operationId: `read_event_of_${name}`,
      summary: "One event",
      responses: {
        "200": answer(schemas, "The event", { $ref: "#/components/schemas/Event" }),
        ...problems(400, 401, 403, 404, 503),
      },
    },
  };
  paths[`${at}/{id}/commands`] = {
    parameters: [pathParameter("id")],
    get: {
      tags,
      operationId: `list_commands_of_${name}`,
      summary: "The commands that it would be offered now",
      responses: {
        "200": answer(schemas, "The commands", { $ref: "#/components/schemas/OfferedCommands" }),
        ...problems(400, 401, 403, 503),
      },
    },
  };
  for (const type of Object.keys(commands)) {
    paths[`${at}/{id}/commands/${commandPath(type)}`] = {
      parameters: [pathParameter("id")],
      post: commandOperation(schemas, definition, type, "200", state),
    };
  }
  return paths;
}

const commandHeaders = [
  headerParameters.idempotencyKey,
  headerParameters.ifMatch,
  headerParameters.ifNoneMatchAny,
  headerParameters.preferReturn,
  headerParameters.traceparent,
];

/** Ids of commands hold no underscore, and all others do, so that no two are ever the same. */
function commandOperation(
  schemas: DocumentSchemas,
  { name, commands }: AggregateDefinition,
  type: string,
  status: "200" | "201",
  state: unknown,
): unknown {
  return {
    tags: [name],
    operationId: status === "201" ? `create_${name}` : `${name}-${commandPath(type)}`,
    summary: status === "201" ? `${type}: creates one` : type,
    parameters: commandHeaders,
    requestBody: body(schemas, schemas.input(commands[type], `${name}.${type}`)),
    responses: commandResponses(schemas, status, state),
  };
}

function commandResponses(
  schemas: DocumentSchemas,
  status: "200" | "201",
  state: unknown,
): Record<string, unknown> {
  return {
    [status]: {
      ...answer(schemas, "The events that the command led to, durable", {
        allOf: [{ $ref: "#/components/schemas/Accepted" }, { properties: { state } }],
      }),
      headers: {
        ETag: { description: "The new version", schema: { type: "string", examples: ['"1-1"'] } },
        "Millrace-Token": {
          description: "Given to a query, makes it answer from a view that includes these events",
          schema: { type: "string" },
        },
        ...(status === "201" ? { Location: { schema: { type: "string" } } } : {}),
      },
    },
    ...problems(400, 401, 403, 404, 409, 412, 413, 415, 422, 503),
  };
}
