import { openPostgres } from "millrace/postgres";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import type { EventStore } from "../../src/ports/event-store.ts";
import { sampleCommit } from "../../src/testing/conformance/sample-commit.ts";
import type { Stores } from "../runtime/running.ts";
import { makeProxy } from "./proxy.ts";
import { makeServer, type Server } from "./server.ts";

let server: Server;

beforeAll(async () => {
  server = await makeServer();
}, 60_000);

afterAll(() => server.remove());

/** One connection that is made already, so that the next answer is the next statement's. */
async function opened(url: string, patienceMs = 10_000): Promise<Stores> {
  const store = await openPostgres({
    url,
    schema: crypto.randomUUID(),
    maxConnections: 1,
    listen: false,
    patienceMs,
  });
  onTestFinished(() => store.close());
  return store;
}

async function eventsOf(events: EventStore, commandId: string): Promise<number> {
  const { events: log } = await events.readLog({ after: 0, limit: 1000 });
  return log.filter(({ metadata }) => metadata.causationId === commandId).length;
}

test("G4: an append whose answer is lost is sent again, and has happened once", async () => {
  const proxy = await makeProxy(server);
  const { events } = await opened(proxy.url);
  await events.append(sampleCommit({ stream: "a-1" }));
  for (const count of [1, 2]) {
    const commit = sampleCommit({ stream: "a-1", events: count });
    const { position } = await events.head();
    proxy.atAnswer((number) => (number === 1 ? "cut" : "pass"));
    await expect(events.append(commit)).resolves.toMatchObject({
      status: "appended",
      repeated: true,
      firstPosition: position + 1,
      point: { position: position + count },
    });
    expect(await eventsOf(events, commit.command.id)).toBe(count);
  }
});
