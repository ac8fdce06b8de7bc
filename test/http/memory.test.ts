import { createHttp } from "../../src/http/index.ts";
import { startService } from "../../src/runtime/start-service.ts";
import { openMemory } from "../../src/stores/memory/index.ts";
import { httpSuite } from "./http-suite.ts";

httpSuite(async (service, options, roles) => {
  const store = openMemory();
  const runtime = await startService(service, {
    events: store.events,
    state: store.state,
    ...(roles === undefined ? {} : { roles }),
  });
  const http = createHttp(runtime, { auth: "none", ...options });
  return {
    fetch: http.fetch,
    runtime,
    async close() {
      await runtime.stop();
      await store.close();
    },
  };
});
