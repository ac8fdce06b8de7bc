import { problems } from "./openapi-answers.ts";
import { pathParameter, queryParameter } from "./openapi-parts.ts";

const text = { type: "string" };
const json = (description: string) => ({
  description,
  content: { "application/json": { schema: { type: "object" } } },
});
const asked = problems(400, 401, 403, 404, 503);
const done = { "204": { description: "Done" }, ...asked };

/** What is the same in every service: operations, health and metrics. */
export function operationPaths(hasMetrics: boolean): Record<string, Record<string, unknown>> {
  const onProcessor = (action: string, summary: string) => ({
    parameters: [pathParameter("name")],
    post: {
      tags: ["operations"],
      operationId: `${action}_processor`,
      summary,
      responses: done,
    },
  });
  const sequence = [pathParameter("processor"), pathParameter("sequence")];
  const get = (operationId: string, summary: string, more: Record<string, unknown> = {}) => ({
    tags: ["operations"],
    operationId,
    summary,
    responses: { "200": json(summary), ...asked },
    ...more,
  });
  return {
    "/admin/processors": { get: get("list_processors", "Processors, how far they are and what stops them") },
    "/admin/processors/{name}/pause": onProcessor("pause", "Lets nobody work on it until it is resumed"),
    "/admin/processors/{name}/resume": onProcessor("resume", "Lets it work again"),
    "/admin/processors/{name}/rebuild": onProcessor(
      "rebuild",
      "Builds a view anew beside the one that serves",
    ),
    "/admin/parked": {
      get: get("list_parked", "Parked sequences", {
        parameters: [queryParameter("processor", text, "Only those of this processor")],
      }),
    },
    "/admin/parked/{processor}/{sequence}": {
      parameters: sequence,
      get: get("read_parked", "The events of a parked sequence"),
    },
    "/admin/parked/{processor}/{sequence}/retry": {
      parameters: sequence,
      post: {
        tags: ["operations"],
        operationId: "retry_parked",
        summary: "Tries a parked sequence again",
        responses: done,
      },
    },
    "/admin/parked/{processor}/{sequence}/discard": {
      parameters: sequence,
      post: {
        tags: ["operations"],
        operationId: "discard_parked",
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
    ...(hasMetrics
      ? {
          "/metrics": {
            get: get("read_metrics", "Metrics in the text format of Prometheus", {
              responses: {
                "200": { description: "Metrics", content: { "text/plain": { schema: text } } },
                ...asked,
              },
            }),
          },
        }
      : {}),
  };
}
