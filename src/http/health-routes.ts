import type { Operations, Running } from "../runtime/runtime.ts";
import { jsonAnswer } from "./answers.ts";
import type { Route } from "./exchange.ts";

/** A service whose health can be asked for. */
type HealthSource = Running<never> & { readonly operations: Pick<Operations, "health"> };

/**
 * What orchestrators ask: whether the process lives, and whether it should be given work. Anybody may ask, so outside
 * development the details, which may name paths, stay inside.
 */
export function healthRoutes(
  services: readonly HealthSource[],
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
          const each = await Promise.all(services.map(healthOf));
          const isReady = each.every(({ ready }) => ready) && !isStopping();
          const checks = each.flatMap(({ service, checks }) =>
            checks.map((check) =>
              services.length > 1 ? { ...check, name: `${service}/${check.name}` } : check,
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

async function healthOf({ service, operations }: HealthSource) {
  return { service: service.name, ...(await operations.health()) };
}
