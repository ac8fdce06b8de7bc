import type { Client } from "./client.ts";

/** What a service says of one method of one of its paths, in `/openapi.json`. */
export interface DescribedRoute {
  readonly method: "GET" | "POST";
  /** With parameters in braces. */
  readonly path: string;
  /** Every status that the description says an answer may have. */
  readonly statuses: readonly number[];
  /** Whether a body of `{}` may be all that it takes. */
  readonly takesNothing: boolean;
}

interface Operation {
  readonly responses: Readonly<Record<string, unknown>>;
  readonly requestBody?: {
    readonly content: Readonly<Record<string, { readonly schema: { readonly required?: unknown } }>>;
  };
}

/** Every route that the service describes: what is said of all of them holds for those that are added later, too. */
export async function describedRoutes(client: Client): Promise<readonly DescribedRoute[]> {
  const { paths } = (await client.get("/openapi.json")).body as {
    readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  };
  return Object.entries(paths).flatMap(([path, operations]) =>
    (["GET", "POST"] as const).flatMap((method) => {
      const operation = operations[method.toLowerCase()];
      if (operation === undefined) return [];
      const { responses, requestBody } = operation;
      const takesNothing =
        method === "POST" && requestBody?.content["application/json"]?.schema.required === undefined;
      return [{ method, path, statuses: Object.keys(responses).map(Number), takesNothing }];
    }),
  );
}
