import type { Running } from "../runtime/runtime.ts";
import type { Route } from "./exchange.ts";
import { type ApiFacts, openApiDocument } from "./openapi-document.ts";

/** The description of the interface; made once, when somebody first asks. */
export function openApiRoute(runtimes: readonly Running<"roles">[], facts: ApiFacts): Route {
  let text: string | undefined;
  return {
    path: "/openapi.json",
    isPublic: true,
    methods: {
      GET: () => {
        text ??= JSON.stringify(openApiDocument(runtimes, facts));
        return new Response(text, {
          headers: { "content-type": "application/json", "cache-control": "no-cache" },
        });
      },
    },
  };
}
