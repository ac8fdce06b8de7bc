import { describe, test } from "vitest";
import { eventStoreConformance } from "../../testing/conformance/event-store-conformance.ts";
import { openMemory } from "./open-memory.ts";

const open = async () => openMemory();

describe("the memory store's log", () => {
  for (const { name, run } of eventStoreConformance(open)) test(name, run);
});
