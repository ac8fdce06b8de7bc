import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, onTestFinished, test } from "vitest";
import { conformanceSeeds } from "../../../test/conformance-seeds.ts";
import type { OpenedStore } from "../../testing/conformance/conformance-case.ts";
import { eventStoreConformance } from "../../testing/conformance/event-store-conformance.ts";
import { stateStoreConformance } from "../../testing/conformance/state-store-conformance.ts";
import { openSqlite } from "./open-sqlite.ts";

async function open(): Promise<OpenedStore> {
  const folder = await mkdtemp(join(tmpdir(), "millrace-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const openIn = async (): Promise<OpenedStore> => {
    const { events, state, close } = await openSqlite({ path: join(folder, "app.db") });
    return {
      events,
      state,
      close,
      reopen: openIn,
    };
  };
  return openIn();
}

describe("the SQLite store's log", () => {
  for (const { name, run } of eventStoreConformance(open, conformanceSeeds())) test(name, run);
});

describe("the SQLite store's state", () => {
  for (const { name, run } of stateStoreConformance(open, conformanceSeeds())) test(name, run);
});
