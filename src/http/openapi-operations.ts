import { problems } from "./openapi-answers.ts";
import { pathParameter, queryParameter } from "./openapi-parts.ts";
import { operationsAt } from "./operation-routes.ts";

const text = { type: "string" };
const json = (description: string) => ({
  description,
  content: { "application/json": { schema: { type: "object" } } },
});
const asked = problems(400, 401, 403, 404, 503);
const done = { "204": { description: "Done" }, ...asked };

type Described = Record<string, Record<string, unknown>>;

function get(operationId: string, summary: string, more: Record<string, unknown> = {}) {
  return {
    tags: ["operations"],
    operationId,
    summary,
    responses: { "200": json(summary), ...asked },
    ...more,
  };
}

/** What operators do with a service, which may share its URL space with others. */
export function operationPaths(service: string, services: number): Described {
  const at = operationsAt(service, services);
  const id = (operation: string) => (services > 1 ? `${service}_${operation}` : operation);
  const onProcessor = (action: string, summary: string) => ({
    parameters: [pathParameter("name")],
    post: {
      tags: ["operations"],
      operationId: id(`${action}_processor`),
      summary,
      responses: done,
    },
  });
  const sequence = [pathParameter("processor"), pathParameter("sequence")];
  return {
    [`${at}/processors`]: {
      get: get(id("list_processors"), "Processors, how far they are and what stops them"),
    },
    [`${at}/processors/{name}/pause`]: onProcessor("pause", "Lets nobody work on it until it is resumed"),
    [`${at}/processors/{name}/resume`]: onProcessor("resume", "Lets it work again"),
    [`${at}/processors/{name}/rebuild`]: onProcessor(
      "rebuild",
      "Builds a view anew beside the one that serves",
    ),
    [`${at}/parked`]: {
      get: get(id("list_parked"), "Parked sequences", {
        parameters: [queryParameter("processor", text, "Only those of this processor")],
      }),
    },
    [`${at}/parked/{processor}/{sequence}`]: {
      parameters: sequence,
      get: get(id("read_parked"), "The events of a parked sequence"),
    },
    [`${at}/parked/{processor}/{sequence}/retry`]: {
      parameters: sequence,
      post: {
        tags: ["operations"],
        operationId: id("retry_parked"),
        summary: "Tries a parked sequence again",
        responses: done,
      },
    },
    [`${at}/parked/{processor}/{sequence}/discard`]: {
      parameters: sequence,
      post: {
        tags: ["operations"],
        operationId: id("discard_parked"),
        summary: "Gives up the first event of a policy's parked sequence",
        requestBody: {
          required: true,
          content: {
            "application/json": {
              schema: {
                type: "object",
                required: ["position", "reason"],
                properties: { position: { type: "integer" }, reason: text },
              },
              example: { position: 42, reason: "The order was cancelled by phone." },
            },
          },
        },
        responses: { ...done, ...problems(409, 413, 415, 422) },
      },
    },
  };
}

/** What orchestrators ask of the process, whichever services it runs. */
export function healthPaths(): Described {
  return {
    "/health/live": {
      get: get("health_live", "Whether the process lives", {
        security: [],
        responses: { "200": json("It lives") },
      }),
    },
    "/health/ready": {
      get: get("health_ready", "Whether it should be given work", {
        security: [],
        responses: { "200": json("Ready"), "503": json("Not ready") },
      }),
    },
  };
}

/** What is counted in the process. */
export function metricsPaths(): Described {
  return {
    "/metrics": {
      get: get("read_metrics", "Metrics in the text format of Prometheus", {
        responses: {
          "200": { description: "Metrics", content: { "text/plain": { schema: text } } },
          ...asked,
        },
      }),
    },
  };
}
