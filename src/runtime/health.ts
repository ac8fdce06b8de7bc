import type { ViewDefinition } from "../domain/view.ts";
import type { EventStore } from "../ports/event-store.ts";
import type { StateStore } from "../ports/state-store.ts";
import { processorOfTable } from "../ports/view-table.ts";
import type { Health } from "./runtime.ts";
import { positionOf } from "./share-ranges.ts";
import { tablesOf } from "./view-tables.ts";

type Check = Health["checks"][number];

/** Whether a process accepts work and its stores answer, and each of the views (undefined: of a process that needs none) is built. */
export async function healthOf(
  stores: { readonly events: EventStore; readonly states: StateStore },
  views: readonly ViewDefinition[] | undefined,
  isStopping: boolean,
): Promise<Health> {
  const accepting = { name: "accepting", ok: !isStopping, detail: isStopping ? "stopping" : "yes" };
  const checks = [accepting, ...(await checkStores(stores, views))];
  return { ready: checks.every(({ ok }) => ok), checks };
}

/** Whether the stores answer, and each of the views (undefined: of a process that needs none) is built. Never rejects. */
async function checkStores(
  { events, states }: { readonly events: EventStore; readonly states: StateStore },
  views: readonly ViewDefinition[] | undefined,
): Promise<readonly Check[]> {
  const checks: Check[] = [];
  try {
    const { position } = await events.head();
    checks.push({ name: "event store", ok: true, detail: `head at ${position}` });
    if (views === undefined) {
      // Who only takes commands may have no right to see processors; snapshots are what it needs of this store.
      await states.loadSnapshot("health-check", 0);
      checks.push({ name: "state store", ok: true, detail: "answers" });
    } else {
      checks.push(...(await checkViews(states, views, position)));
    }
  } catch (error) {
    checks.push({
      name: "stores",
      ok: false,
      detail: error instanceof Error ? error.message : String(error),
    });
  }
  return checks;
}

async function checkViews(
  states: StateStore,
  views: readonly ViewDefinition[],
  head: number,
): Promise<readonly Check[]> {
  const processors = await states.listProcessors();
  const checks: Check[] = [{ name: "state store", ok: true, detail: `${processors.size} processors` }];
  for (const view of views) {
    const [serving] = await tablesOf(states, view);
    const state = serving === undefined ? undefined : processors.get(processorOfTable(serving));
    const target = state === undefined || state.ranges.length === 0 ? head : state.buildTarget;
    const reached = positionOf(state);
    checks.push({
      name: `view ${view.name}`,
      ok: reached >= target,
      detail: reached >= target ? "built" : `building: ${reached} of ${target} events`,
    });
  }
  return checks;
}
