import { describe, test } from "vitest";
import { conformanceSeeds } from "../../../test/conformance-seeds.ts";
import { eventStoreConformance } from "../../testing/conformance/event-store-conformance.ts";
import { stateStoreConformance } from "../../testing/conformance/state-store-conformance.ts";
import { openMemory } from "./open-memory.ts";

const open = async () => openMemory();

describe("the memory store's log", () => {
  for (const { name, run } of eventStoreConformance(open, conformanceSeeds())) test(name, run);
});

describe("the memory store's state", () => {
  for (const { name, run } of stateStoreConformance(open, conformanceSeeds())) test(name, run);
});
