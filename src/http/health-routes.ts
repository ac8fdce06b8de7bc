import type { Runtime } from "../runtime/runtime.ts";
import { jsonAnswer } from "./answers.ts";
import type { Route } from "./exchange.ts";

/**
 * What orchestrators ask: whether the process lives, and whether it should be given work. Anybody may ask, so outside
 * development the details, which may name paths, stay inside.
 */
export function healthRoutes(
  runtimes: readonly Runtime[],
  { isStopping, development }: { readonly isStopping: () => boolean; readonly development: boolean },
): readonly Route[] {
  return [
    {
      path: "/health/live",
      isPublic: true,
      methods: { GET: () => jsonAnswer({ live: true }) },
    },
    {
      path: "/health/ready",
      isPublic: true,
      methods: {
        GET: async () => {
          const each = await Promise.all(runtimes.map(healthOf));
          const isReady = each.every(({ ready }) => ready) && !isStopping();
          const checks = each.flatMap(({ service, checks }) =>
            checks.map((check) =>
              runtimes.length > 1 ? { ...check, name: `${service}/${check.name}` } : check,
            ),
          );
          const told = development ? checks : checks.map(({ name, ok }) => ({ name, ok }));
          const answer = jsonAnswer({ ready: isReady, checks: told }, isReady ? 200 : 503);
          if (!isReady) answer.headers.set("retry-after", "1");
          return answer;
        },
      },
    },
  ];
}

async function healthOf({ service, operations }: Runtime) {
  return { service: service.name, ...(await operations.health()) };
}
