import { readFileSync } from "node:fs";
import { DatabaseSync } from "@photostructure/sqlite";
import { expect, test } from "vitest";
import { opened, scratchFile } from "./scratch-file.ts";

test("the migrations lead to the schema that is written down", async () => {
  const path = scratchFile();
  const store = await opened(path);
  await store.close();
  const database = new DatabaseSync(path);
  const rows = database.prepare("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name").all();
  database.close();
  const schema = `${rows.map(({ sql }: { sql: string }) => `${sql};`).join("\n\n")}\n`;
  const written = readFileSync(new URL("../../src/stores/sqlite/schema.sql", import.meta.url), "utf8");
  expect(schema).toBe(written);
});

test("several stores that open a new file at once make one log", async () => {
  const path = scratchFile();
  const stores = await Promise.all(Array.from({ length: 8 }, () => opened(path)));
  const heads = await Promise.all(stores.map(({ events }) => events.head()));
  expect(new Set(heads.map(({ logId }) => logId)).size).toBe(1);
});
