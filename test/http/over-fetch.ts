import {
  bearerTokens,
  commands,
  feed,
  fetchHandler,
  health,
  openApi,
  operations,
  processors,
  queries,
} from "../../src/hosts/fetch/index.ts";
import { everyRole, type Role } from "../../src/runtime/runtime.ts";
import { startService } from "../../src/runtime/start-service.ts";
import { openMemory } from "../../src/stores/memory/index.ts";
import type { OpenHttp } from "./client.ts";
import { replacing } from "./over-stores.ts";

const sideOf = { command: commands, query: queries, processor: processors, relay: feed };

/**
 * Opens services as functions: nothing runs in them but while they answer a request, and until what a command leads to is done. The
 * runtime that the tests ask sees the same stores, and runs nothing.
 */
export const overFetch: OpenHttp = async (service, options = {}, roles: readonly Role[] = everyRole) => {
  const stores = openMemory();
  const { auth = "none", metrics: _, swaggerUiFile: __, ...more } = options;
  let isStopping = false;
  const handler = fetchHandler(service, {
    isStopping: () => isStopping,
    ...more,
    stores: async () => ({ ...stores, close: async () => {} }),
    sides: [...roles.map((role) => sideOf[role]), operations, health, openApi],
    auth: auth === "none" ? "none" : bearerTokens(auth),
  });
  const runtime = await startService(service, { events: stores.events, state: stores.state, roles: [] });
  // As after a deployment: views are built before anybody asks.
  if (roles.includes("processor")) await handler.drain({ maxMs: 10_000 });
  const { operations: operated } = runtime;
  const after = new Set<Promise<unknown>>();
  return {
    fetch: (request) =>
      handler.fetch(request, {
        waitUntil(work) {
          after.add(work);
          void work.finally(() => after.delete(work));
        },
      }),
    // Whoever resumes a processor where none runs has to drain it.
    runtime: {
      ...runtime,
      operations: replacing(operated, {
        async resume(processor) {
          await operated.resume(processor);
          await handler.drain({ maxMs: 10_000 });
        },
      }),
    },
    stopping() {
      isStopping = true;
    },
    async close() {
      await Promise.all(after);
      await handler.close();
      await stores.close();
    },
  };
};
