const integer = { type: "integer" };
const text = { type: "string" };

/** Schemas that several routes share. */
export const sharedSchemas = {
  Links: {
    type: "object",
    description: "Links by their relation, as in HAL.",
    additionalProperties: { type: "object", required: ["href"], properties: { href: text } },
    examples: [{ self: { href: "/v1/…" } }],
  },
  Accepted: {
    type: "object",
    required: ["id", "version", "position", "events", "_links"],
    properties: {
      id: text,
      version: { ...integer, description: "Of the aggregate, after these events." },
      position: { ...integer, description: "Of the last event, in the log." },
      events: {
        type: "array",
        items: {
          type: "object",
          required: ["type", "version", "id", "data"],
          properties: { type: text, version: integer, id: text, data: {} },
        },
      },
      _links: { $ref: "#/components/schemas/Links" },
    },
  },
  Event: {
    type: "object",
    required: ["id", "type", "version", "position", "recordedAt", "schemaVersion", "data", "metadata"],
    properties: {
      id: text,
      type: text,
      version: integer,
      position: integer,
      recordedAt: { type: "string", format: "date-time" },
      schemaVersion: integer,
      data: { description: "As it was written." },
      metadata: { type: "object" },
      _links: { $ref: "#/components/schemas/Links" },
    },
  },
  History: {
    type: "object",
    required: ["_embedded", "_links"],
    properties: {
      _embedded: {
        type: "object",
        properties: { events: { type: "array", items: { $ref: "#/components/schemas/Event" } } },
      },
      _links: { $ref: "#/components/schemas/Links" },
    },
  },
  OfferedCommands: {
    type: "object",
    required: ["commands", "_links"],
    properties: {
      commands: {
        type: "array",
        items: {
          type: "object",
          required: ["type", "title", "method", "href", "schema"],
          properties: {
            type: text,
            title: { ...text, description: "For people." },
            description: { ...text, description: "For people, where the command's schema has one." },
            method: { const: "POST" },
            href: text,
            schema: { type: "object" },
          },
        },
      },
      _links: { $ref: "#/components/schemas/Links" },
    },
  },
  Problem: {
    type: "object",
    description: "RFC 9457. `code` is stable; where the domain refused, it is the refusal's own.",
    required: ["type", "title", "status", "code", "detail"],
    properties: {
      type: { type: "string", format: "uri" },
      title: text,
      status: integer,
      code: text,
      detail: text,
      instance: { type: "string", description: "Where the service's log tells more." },
      errors: {
        type: "array",
        description: "Each place in the body that does not fit.",
        items: { type: "object", properties: { pointer: text, detail: text } },
      },
      data: { type: "object", description: "The facts of `detail`, for machines." },
    },
  },
} as const;

export function pathParameter(name: string, schema: unknown = text) {
  return { name, in: "path", required: true, schema };
}

export function queryParameter(name: string, schema: unknown, description: string) {
  return { name, in: "query", schema, description };
}

function header(name: string, description: string, example: string) {
  return { name, in: "header", description, schema: text, example };
}

export const headerParameters = {
  idempotencyKey: header(
    "Idempotency-Key",
    "Names the command: a repeat has the first result and changes nothing",
    "8e03978e-40d5-43e8-bc93-6894a57f9324",
  ),
  ifMatch: header("If-Match", "The version that the aggregate must have; `*`: it must exist", '"5-1"'),
  ifNoneMatchAny: header("If-None-Match", "`*`: the aggregate must not exist", "*"),
  ifNoneMatch: header("If-None-Match", "The ETag that the caller has", '"5-1"'),
  preferReturn: header("Prefer", "`return=representation` adds the new state", "return=representation"),
  preferWait: header(
    "Prefer",
    "`wait=SECONDS`: how long the view may take to reach the token; `handling=lenient`: answer with what is there then",
    "wait=5",
  ),
  token: header("Millrace-Token", "Answer from a view that includes what gave this token", "W1siMDE5…"),
  lastEventId: header("Last-Event-ID", "For a stream: resume after this event", "W1siMDE5…"),
  traceparent: header(
    "traceparent",
    "W3C trace context",
    "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
  ),
};
