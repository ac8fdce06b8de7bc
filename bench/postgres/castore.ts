import { newId } from "../../src/message/id.ts";
import { sampleData, sampleMetadata } from "../sample-commit.ts";
import { loadPeer } from "./peers.ts";
import type { Writer } from "./writers.ts";

interface Castore {
  readonly PostgresEventStorageAdapter: {
    new (options: {
      connectionString: string;
    }): {
      pushEvent(event: unknown, options: { eventStoreId: string }): Promise<unknown>;
      /** Its client, which it never ends. */
      _sql: { end(): Promise<void> };
    };
    createEventTable(options: { connectionString: string }): Promise<unknown>;
  };
}

/** Castore's adapter as it comes: ten connections that pipeline. */
export async function openCastore(url: string): Promise<Writer> {
  const { PostgresEventStorageAdapter } = loadPeer<Castore>("@castore/event-storage-adapter-postgres");
  await PostgresEventStorageAdapter.createEventTable({ connectionString: url });
  const adapter = new PostgresEventStorageAdapter({ connectionString: url });
  return {
    table: "event",
    append(index) {
      const id = newId();
      return adapter.pushEvent(
        {
          aggregateId: id,
          version: 1,
          type: "AccountSuspended",
          payload: sampleData(index),
          metadata: sampleMetadata(id),
        },
        { eventStoreId: "account" },
      );
    },
    close: () => adapter._sql.end(),
  };
}
