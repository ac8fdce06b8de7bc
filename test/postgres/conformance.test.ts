import { openPostgres } from "millrace/postgres";
import { eventStoreConformance, type OpenedStore, stateStoreConformance } from "millrace/testing";
import { describe, test } from "vitest";
import { freshSchema } from "./fresh-schema.ts";

async function open(): Promise<OpenedStore> {
  const place = freshSchema();
  const openAgain = async (): Promise<OpenedStore> => ({ ...(await openPostgres(place)), reopen: openAgain });
  return openAgain();
}

describe("the PostgreSQL store's log", () => {
  for (const { name, run } of eventStoreConformance(open)) test(name, run);
});

describe("the PostgreSQL store's state", () => {
  for (const { name, run } of stateStoreConformance(open)) test(name, run);
});
