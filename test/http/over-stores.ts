import { createHttp } from "../../src/http/index.ts";
import type { Runtime } from "../../src/runtime/runtime.ts";
import { startService } from "../../src/runtime/start-service.ts";
import { openMemory } from "../../src/stores/memory/index.ts";
import type { Stores } from "../runtime/running.ts";
import type { OpenHttp } from "./client.ts";

/** Opens services over stores in memory; `changed` stands in for what is hard to bring about from outside. */
export function overMemory(changed?: (runtime: Runtime) => Runtime): OpenHttp {
  return overStores(async () => openMemory(), changed);
}

/** Opens services, each over stores of its own. */
export function overStores(
  open: () => Promise<Stores>,
  changed: (runtime: Runtime) => Runtime = (runtime) => runtime,
): OpenHttp {
  return async (service, options, roles) => {
    const store = await open();
    const runtime = await startService(service, {
      events: store.events,
      state: store.state,
      ...(roles === undefined ? {} : { roles }),
    });
    let isStopping = false;
    const http = createHttp(changed(runtime), { auth: "none", isStopping: () => isStopping, ...options });
    return {
      fetch: http.fetch,
      runtime,
      stopping() {
        isStopping = true;
      },
      async close() {
        await runtime.stop();
        await store.close();
      },
    };
  };
}

/** `target` with some of its methods replaced; the others stay its own, private fields and all. */
export function replacing<T extends object>(target: T, methods: Partial<T>): T {
  return new Proxy(target, {
    get(original, name) {
      const value: unknown = Reflect.get(name in methods ? methods : original, name);
      return typeof value === "function" ? value.bind(original) : value;
    },
  });
}
