import type { PublicationDefinition } from "../domain/publication.ts";
import type { ServiceDefinition } from "../domain/service.ts";
import type { DocumentSchemas } from "./document-schemas.ts";
import { type Paths, problems } from "./openapi-answers.ts";
import { headerParameters, queryParameter } from "./openapi-parts.ts";

const text = { type: "string" };

/** Describes the feed of what a service publishes; nothing for one that publishes nothing. */
export function feedPaths({ name, publications }: ServiceDefinition, schemas: DocumentSchemas): Paths {
  if (publications.length === 0) return {};
  const batch = {
    type: "array",
    items: { anyOf: publications.map((each) => cloudEvent(name, each, schemas)) },
  };
  return {
    [`/v1/feeds/${name}`]: {
      get: {
        tags: ["feeds"],
        operationId: `read_feed_of_${name}`,
        summary: `What ${name} tells other services, in the order of its log; as text/event-stream, as it happens`,
        parameters: [
          queryParameter("after", text, "Continues an earlier page: what its next link has"),
          queryParameter("types", text, "Types of integration events, with commas; others are left out"),
          queryParameter(
            "limit",
            { type: "integer", minimum: 1, maximum: 1000, default: 100 },
            "How many integration events, but always all of one domain event",
          ),
          headerParameters.preferWait,
          headerParameters.lastEventId,
        ],
        responses: {
          "200": {
            description: "A batch of CloudEvents 1.0",
            headers: {
              Link: { description: 'The next page, as rel="next"; always there', schema: text },
              "Millrace-More": {
                description: "Whether there is more at once",
                schema: { enum: ["true", "false"] },
              },
            },
            content: {
              "application/cloudevents-batch+json": { schema: batch, example: schemas.example(batch) },
              "text/event-stream": { schema: text },
            },
          },
          ...problems(400, 401, 403, 409, 503),
        },
      },
    },
  };
}

function cloudEvent(
  service: string,
  { type, version, schema }: PublicationDefinition,
  schemas: DocumentSchemas,
) {
  const attributes = {
    specversion: { const: "1.0" },
    id: text,
    source: { const: service },
    type: { const: type },
    subject: { type: "string", description: "The id of the aggregate that it tells of" },
    time: { type: "string", format: "date-time" },
    datacontenttype: { const: "application/json" },
    dataversion: { const: version },
    correlationid: text,
    causationid: text,
    causationdepth: { type: "integer" },
    data: schemas.input(schema, `publishes.${type}`),
  };
  return {
    type: "object",
    required: Object.keys(attributes),
    properties: { ...attributes, traceparent: text },
  };
}
