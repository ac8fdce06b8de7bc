import { newId } from "../../src/message/id.ts";
import { sampleData } from "../sample-commit.ts";
import { loadPeer } from "./peers.ts";
import type { Writer } from "./writers.ts";

/** What is used of Emmett's event store. */
export interface EmmettStore {
  appendToStream(stream: string, events: readonly unknown[], options?: unknown): Promise<unknown>;
  consumer(): {
    projector(options: { projection: unknown }): unknown;
    start(): Promise<void>;
    stop(): Promise<void>;
  };
  readonly schema: { migrate(): Promise<unknown> };
  close(): Promise<void>;
}

interface EmmettPostgres {
  getPostgreSQLEventStore(url: string): EmmettStore;
}

export const emmettEvents = "emt_messages";

/** Emmett's store as it comes, with its tables made. */
export async function openEmmettStore(url: string): Promise<EmmettStore> {
  const { getPostgreSQLEventStore } = loadPeer<EmmettPostgres>("@event-driven-io/emmett-postgresql");
  const store = getPostgreSQLEventStore(url);
  await store.schema.migrate();
  return store;
}

export async function openEmmett(url: string): Promise<Writer> {
  const store = await openEmmettStore(url);
  const { STREAM_DOES_NOT_EXIST } = loadPeer<{ readonly STREAM_DOES_NOT_EXIST: unknown }>(
    "@event-driven-io/emmett",
  );
  return {
    table: emmettEvents,
    append: (index) =>
      store.appendToStream(`account-${newId()}`, [{ type: "AccountSuspended", data: sampleData(index) }], {
        expectedStreamVersion: STREAM_DOES_NOT_EXIST,
      }),
    close: () => store.close(),
  };
}
