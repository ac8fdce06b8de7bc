import type { EventStore } from "../src/ports/event-store.ts";
import type { StateStore } from "../src/ports/state-store.ts";
import { startService } from "../src/runtime/start-service.ts";
import { accountService } from "./account-service.ts";
import { rateOf } from "./measure.ts";

export interface Stores {
  readonly events: EventStore;
  readonly state: StateStore;
}

/** Throws the view's table away and lets the service build it again over `count` events; events per second. */
export async function rebuildView(stores: Stores, count: number): Promise<number> {
  for (const table of await stores.state.listTables()) await stores.state.dropTable(table);
  for (const processor of (await stores.state.listProcessors()).keys())
    await stores.state.dropProcessor(processor);
  return rateOf(count, async () => {
    const runtime = await startService(accountService, { ...stores, roles: ["query", "processor"] });
    for (;;) {
      const [report] = await runtime.operations.processors();
      if (report?.lag === 0) break;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    await runtime.stop();
  });
}
