import { readFileSync } from "node:fs";
import { DatabaseSync } from "@photostructure/sqlite";
import { newId } from "../../src/message/id.ts";
import { sampleData, sampleMetadata } from "../sample-commit.ts";

/** The store's own tables and indexes, without the store: what the disk and SQLite allow. */
function openBare(path: string): InstanceType<typeof DatabaseSync> {
  const database = new DatabaseSync(path);
  database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
  database.exec(readFileSync(new URL("../../src/stores/sqlite/schema.sql", import.meta.url), "utf8"));
  return database;
}

/** A loop that writes `count` events to distinct streams, each with its command, so many per transaction. */
export function bareAppends(path: string, count: number, perTransaction: number): void {
  const database = openBare(path);
  const event = database.prepare(
    "INSERT INTO events (position, stream, version, id, type, schema_version, recorded_at, data, metadata, tags) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
  );
  const command = database.prepare(
    "INSERT INTO commands (id, fingerprint, first_position, last_position) VALUES (?, ?, ?, ?)",
  );
  for (let position = 1; position <= count; ) {
    database.exec("BEGIN IMMEDIATE");
    for (let member = 0; member < perTransaction && position <= count; member++, position++) {
      const id = newId();
      const metadata = JSON.stringify(sampleMetadata(id));
      event.run(
        position,
        `account-${id}`,
        1,
        `${id}.0`,
        "AccountSuspended",
        1,
        Date.now(),
        JSON.stringify(sampleData(position)),
        metadata,
        "[]",
      );
      command.run(id, "", position, position);
    }
    database.exec("COMMIT");
  }
  database.close();
}
