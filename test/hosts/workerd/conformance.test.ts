import { fileURLToPath } from "node:url";
import type { Miniflare } from "miniflare";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { eventStoreConformance } from "../../../src/testing/conformance/event-store-conformance.ts";
import { stateStoreConformance } from "../../../src/testing/conformance/state-store-conformance.ts";
import { conformanceSeeds } from "../../conformance-seeds.ts";
import { startWorker } from "./workerd.ts";

describe("the store in a Durable Object", () => {
  let worker: Miniflare;
  const seeds = conformanceSeeds();
  const never = () => Promise.reject(new Error("It is opened in workerd."));

  beforeAll(async () => {
    worker = await startWorker(fileURLToPath(new URL("./conformance-worker.ts", import.meta.url)), {
      durableObjects: { OBJECTS: { className: "Conformance", useSQLite: true } },
      nodeCompat: true,
    });
  }, 60_000);
  afterAll(() => worker?.dispose());

  const cases = [...eventStoreConformance(never, seeds), ...stateStoreConformance(never, seeds)];
  for (const { name } of cases) {
    test(name, async () => {
      const body = JSON.stringify({ seeds, name });
      const answer = await worker.dispatchFetch("http://conformance/", { method: "POST", body });
      expect(await answer.json()).toEqual({});
    });
  }
});
