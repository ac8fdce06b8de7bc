import type { Runtime } from "../runtime/runtime.ts";
import type { Route } from "./exchange.ts";
import type { HttpOptions } from "./http-options.ts";
import { openApiDocument } from "./openapi-document.ts";

/** The description of the interface; made once, when somebody first asks. */
export function openApiRoute(runtimes: readonly Runtime[], options: HttpOptions): Route {
  let text: string | undefined;
  return {
    path: "/openapi.json",
    isPublic: true,
    methods: {
      GET: () => {
        text ??= JSON.stringify(
          openApiDocument(runtimes, {
            authenticates: options.auth !== undefined && options.auth !== "none",
            hasMetrics: options.metrics !== undefined,
          }),
        );
        return new Response(text, {
          headers: { "content-type": "application/json", "cache-control": "no-cache" },
        });
      },
    },
  };
}
