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
  const { position: head } = await stores.events.head();
  return rateOf(count, async () => {
    const runtime = await startService(accountService, { ...stores, roles: ["query", "processor"] });
    // One small question at a time, which takes little from whom it asks about.
    while (!(await isThrough(stores.state, head))) await new Promise((resolve) => setTimeout(resolve, 20));
    await runtime.stop();
  });
}

async function isThrough(state: StateStore, head: number): Promise<boolean> {
  const processors = [...(await state.listProcessors()).values()];
  return processors.some(
    ({ ranges }) => ranges.length > 0 && ranges.every((it) => it.checkpoint.position >= head),
  );
}
