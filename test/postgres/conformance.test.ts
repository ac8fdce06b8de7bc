import { openPostgres } from "millrace/postgres";
import { eventStoreConformance, type OpenedStore, stateStoreConformance } from "millrace/testing";
import { describe, test } from "vitest";
import { conformanceSeeds } from "../conformance-seeds.ts";
import { freshSchema } from "./fresh-schema.ts";

async function open(): Promise<OpenedStore> {
  const place = freshSchema();
  const openAgain = async (): Promise<OpenedStore> => ({ ...(await openPostgres(place)), reopen: openAgain });
  return openAgain();
}

describe("the PostgreSQL store's log", () => {
  for (const { name, run } of eventStoreConformance(open, conformanceSeeds())) test(name, run);
});

describe("the PostgreSQL store's state", () => {
  for (const { name, run } of stateStoreConformance(open, conformanceSeeds())) test(name, run);
});
