import { readFileSync } from "node:fs";
import { DatabaseSync } from "@photostructure/sqlite";
import { expect, test } from "vitest";
import type { Connection } from "../../src/stores/sqlite/connection.ts";
import { connect } from "../../src/stores/sqlite/file-connection.ts";
import { prepareDatabase } from "../../src/stores/sqlite/prepare-database.ts";
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

test("who finds a file new and another faster at making it takes what the other made", () => {
  const path = scratchFile();
  const [slow, fast] = [connect(path), connect(path)];
  const overtaken: Connection = {
    ...slow,
    transaction(mode, work) {
      prepareDatabase(fast);
      return slow.transaction(mode, work);
    },
  };
  prepareDatabase(overtaken);
  expect(slow.sql("SELECT count(*) AS count FROM log").get()).toEqual({ count: 1 });
  slow.close();
  fast.close();
});
